import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { agentById, AGENTS } from "../agents/agents.ts";
import { opencode } from "../agents/opencode.ts";
import { HookSettings } from "./settings_file.ts";

const THEIRS = `{
  // my own
  "model": "opus",   "theme":"dark",
  "hooks": {
    "Stop": [ { "hooks": [{ "type": "command", "command": "say done" }] } ]
  },
  "permissions": { "allow": [] }
}
`;

async function home(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir({ prefix: "cc-hooks-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

function settingsIn(path: string, agent: "claude" | "codex" | "gemini" = "claude"): HookSettings {
  const found = agentById(AGENTS, agent);
  assert(found !== undefined);
  const settings = HookSettings.of(found, {
    env: { HOME: path },
    folder: `${path}/chatcode/hooks`,
  });
  assert(settings !== undefined);
  return settings;
}

Deno.test("[HK1] our hooks come and go, and every other byte stays as it was", async () => {
  await using at = await home();
  const settings = settingsIn(at.path);
  await Deno.mkdir(`${at.path}/.claude`);
  await Deno.writeTextFile(settings.path, THEIRS, { mode: 0o640 });
  assertEquals(settings.state(), "absent");
  const preview = settings.preview("install");
  assertEquals(await Deno.readTextFile(settings.path), THEIRS, "a preview changes nothing");
  settings.change("install");
  const text = await Deno.readTextFile(settings.path);
  assertEquals(settings.state(), "installed");
  assertStringIncludes(text, '"model": "opus",   "theme":"dark",');
  assertStringIncludes(text, '"say done"');
  assertStringIncludes(preview.diff, "hook.sh");
  assertEquals((await Deno.stat(settings.path)).mode! & 0o777, 0o640);
  settings.change("install");
  assertEquals(await Deno.readTextFile(settings.path), text, "twice is once");
  settings.change("remove");
  assertEquals(await Deno.readTextFile(settings.path), THEIRS);
  assertEquals(settings.preview("remove").diff, "");
});

Deno.test("[HK1] hooks that are there in part are told, and made whole", async () => {
  await using at = await home();
  for (const agent of ["claude", "codex", "gemini"] as const) {
    const settings = settingsIn(at.path, agent);
    settings.change("install");
    const whole = await Deno.readTextFile(settings.path);
    assertEquals(settings.state(), "installed");
    const parsed = JSON.parse(whole);
    delete parsed.hooks.SessionStart;
    await Deno.writeTextFile(settings.path, JSON.stringify(parsed));
    assertEquals(settings.state(), "partial");
    settings.change("install");
    assertEquals(settings.state(), "installed");
    settings.change("remove");
    assertEquals(settings.state(), "absent");
    assertEquals(JSON.parse(await Deno.readTextFile(settings.path)), {});
  }
});

Deno.test("[HK1] settings that cannot be understood are left alone", async () => {
  await using at = await home();
  const settings = settingsIn(at.path);
  await Deno.mkdir(`${at.path}/.claude`);
  for (const text of ["{ nonsense", "[]", '{"hooks": {"Stop": 3}}']) {
    await Deno.writeTextFile(settings.path, text);
    assertThrows(() => settings.change("install"), SyntaxError);
    assertEquals(await Deno.readTextFile(settings.path), text);
  }
});

Deno.test("[HK1] OpenCode has no hooks to install", () => {
  assertEquals(HookSettings.of(opencode, { env: {}, folder: "/" }), undefined);
});

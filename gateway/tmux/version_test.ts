import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { TmuxError } from "./error.ts";
import { findTmux, isRecentEnough, parseTmuxVersion } from "./version.ts";

Deno.test("parseTmuxVersion() reads releases, letters and development versions", () => {
  assertEquals(parseTmuxVersion("tmux 3.3a\n"), { major: 3, minor: 3, text: "3.3a" });
  assertEquals(parseTmuxVersion("tmux next-3.6"), { major: 3, minor: 6, text: "3.6" });
  assertEquals(parseTmuxVersion("tmux 10.0"), { major: 10, minor: 0, text: "10.0" });
  assertEquals(parseTmuxVersion("tmux openbsd-7.4"), undefined);
  assertEquals(parseTmuxVersion(""), undefined);
});

Deno.test("isRecentEnough() wants 3.2", () => {
  for (const [text, expected] of [["3.1c", false], ["3.2", true], ["3.10", true], ["2.9", false]]) {
    const version = parseTmuxVersion(`tmux ${text}`);
    assert(version !== undefined);
    assertEquals(isRecentEnough(version), expected, String(text));
  }
});

Deno.test("findTmux() finds the installed tmux", async () => {
  const version = await findTmux({ PATH: Deno.env.get("PATH") ?? "" });
  assert(version.major >= 3);
});

Deno.test("findTmux() says what to type when tmux is missing or too old", async () => {
  const missing = await assertRejects(
    () => findTmux({ PATH: "/nonexistent" }, "/nonexistent/tmux"),
    TmuxError,
  );
  assertEquals(missing.code, "TMUX_MISSING");
  assertStringIncludes(missing.message, "apt-get install tmux");
  assertStringIncludes(missing.message, "brew install tmux");

  const folder = await Deno.makeTempDir();
  try {
    const old = `${folder}/tmux`;
    await Deno.writeTextFile(old, "#!/bin/sh\necho tmux 3.1c\n", { mode: 0o755 });
    const tooOld = await assertRejects(() => findTmux({}, old), TmuxError);
    assertEquals(tooOld.code, "TMUX_TOO_OLD");
    assertStringIncludes(tooOld.message, "3.2 or newer");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

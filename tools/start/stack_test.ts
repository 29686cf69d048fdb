import { assert, assertEquals, assertRejects } from "@std/assert";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { ChildEndedError } from "./child.ts";
import type { StartOptions } from "./options.ts";
import { type Stack, startFailure, startStack } from "./stack.ts";
import { makeSmallProject, type SmallProject } from "./testing/small_project.ts";

function startOn(
  project: SmallProject,
  options: Partial<StartOptions> & { told?: string[]; signal?: AbortSignal } = {},
): Promise<Stack> {
  const { told = [], signal = new AbortController().signal, ...rest } = options;
  const { root, dataDir } = project;
  return startStack(
    { port: 0, dataDir, ownData: false, open: false, json: true, verbose: false, ...rest },
    { root, tell: (line) => void told.push(line) },
    signal,
  );
}

Deno.test("startStack() starts relay, then gateway, and stops them the other way round", async () => {
  await using project = await makeSmallProject();
  {
    await using stack = await startOn(project);
    assertEquals(stack.signInUrl, "http://127.0.0.1:4321/sign-in#once");
    assertEquals([stack.port, stack.gatewayId], [4321, "h-1"]);
  }
  assertEquals(await project.done(), [
    "relay started",
    "gateway created",
    "gateway started",
    "gateway stopped",
    "relay stopped",
  ]);
});

Deno.test("a second start uses the same gateway, and a forgotten one is added again", async () => {
  await using project = await makeSmallProject();
  await (await startOn(project))[Symbol.asyncDispose]();
  const first = await Deno.readTextFile(`${project.dataDir}/gateway.json`);
  await (await startOn(project))[Symbol.asyncDispose]();
  assertEquals(await Deno.readTextFile(`${project.dataDir}/gateway.json`), first);

  await Deno.remove(`${project.root}/tokens`);
  const told: string[] = [];
  await (await startOn(project, { told }))[Symbol.asyncDispose]();
  assert(await Deno.readTextFile(`${project.dataDir}/gateway.json`) !== first);
  assertEquals(told, ["The relay does not know this gateway any more: adding it again"]);
  assertEquals((await project.done()).filter((line) => line === "gateway created").length, 2);
});

Deno.test("a gateway that dies is started again", async () => {
  await using project = await makeSmallProject();
  const told: string[] = [];
  await using stack = await startOn(project, { told });
  const { gatewayPid } = stack;
  Deno.kill(gatewayPid, "SIGKILL");
  await waitFor(() => stack.gatewayPid !== gatewayPid, { what: "another gateway" });
  await waitFor(async () => (await project.done()).filter((l) => l === "gateway started")[1], {
    what: "its start",
  });
  assertEquals(told, [
    "The gateway ended with status 137: it said nothing",
    "Starting the gateway again",
  ]);
});

Deno.test("a gateway that is refused later is not started again, and the relay stays", async () => {
  await using project = await makeSmallProject();
  const told: string[] = [];
  await using stack = await startOn(project, { told });
  await Deno.remove(`${project.root}/tokens`);
  Deno.kill(stack.gatewayPid, "SIGKILL");
  await waitFor(() => told.length === 3, { what: "word of its end" });
  assertEquals(
    told[2],
    "The gateway is gone for good (status 4): The relay does not take this token",
  );
  Deno.kill(stack.relayPid, "SIGCONT"); // throws if it were gone
});

Deno.test("a relay that cannot start ends the start with its status and last words", async () => {
  await using project = await makeSmallProject();
  await Deno.writeTextFile(
    `${project.root}/relay/main.ts`,
    `console.log('{"level":"error","event":"x","message":"The data folder is locked"}');
     Deno.exit(9);`,
  );
  const error = await assertRejects(() => startOn(project), ChildEndedError);
  assertEquals(startFailure(error), {
    status: 9,
    why: "The relay ended with status 9: The data folder is locked",
  });
});

Deno.test("a signal while it starts stops what was started", async () => {
  await using project = await makeSmallProject();
  await Deno.writeTextFile(
    `${project.root}/gateway/main.ts`,
    `Deno.writeTextFileSync("${project.root}/done", "gateway mute\\n", { append: true });
     setInterval(() => {}, 1000);`,
  );
  const abort = new AbortController();
  const starting = startOn(project, { signal: abort.signal });
  await waitFor(async () => (await project.done()).includes("gateway mute"), { what: "a gateway" });
  abort.abort(new Error("told to stop"));
  await assertRejects(() => starting, Error, "told to stop");
  assertEquals((await project.done()).at(-1), "relay stopped");
});

Deno.test("logs and data are their owner's alone", async () => {
  await using project = await makeSmallProject();
  await using stack = await startOn(project);
  for (const path of stack.logs) {
    assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
    assert((await Deno.readTextFile(path)).includes('"level":"info"'));
  }
  assertEquals(((await Deno.stat(project.dataDir)).mode ?? 0) & 0o777, 0o700);
});

import { assert, assertEquals, assertRejects } from "@std/assert";
import { ProtocolError } from "@chatcode/protocol";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { parrot } from "../testing/parrot/agent.ts";
import { AgentPrograms } from "./agent_programs.ts";
import { Secrets } from "./secrets.ts";

class Lab implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "cc-programs-" });
  readonly programs = new AgentPrograms({
    agents: [parrot],
    env: { HOME: this.folder, SHELL: "/bin/false", PATH: `${this.folder}:/usr/bin:/bin` },
    hooksFolder: `${this.folder}/hooks`,
    secrets: new Secrets(this.folder),
  });

  install(script: string): void {
    Deno.writeTextFileSync(`${this.folder}/parrot`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

Deno.test("[AG2] an agent that is slow to tell its version is listed without, then with it", async () => {
  await using lab = new Lab();
  const go = `${lab.folder}/go`;
  lab.install(`while [ ! -f '${go}' ]; do sleep 0.05; done; echo "parrot 7.0.1"`);
  const startedMs = performance.now();
  const [slow] = await lab.programs.list();
  assertEquals([slow?.installed, slow?.version], [true, undefined]);
  assert(performance.now() - startedMs < 14_000, "within the time that a request may take");
  await Deno.writeTextFile(go, "");
  await waitFor(async () => (await lab.programs.list())[0]?.version === "7.0.1", {
    what: "the version",
  });
});

Deno.test("[AG2] an agent that is not there, or does not start, says so", async () => {
  await using lab = new Lab();
  assertEquals((await lab.programs.list()).map(({ installed }) => installed), [false]);
  const error = await assertRejects(
    () => lab.programs.start("parrot", undefined, "s"),
    ProtocolError,
  );
  assertEquals(error.code, "AGENT_NOT_FOUND");
  await assertRejects(() => lab.programs.start("nobody", undefined, "s"), ProtocolError, "nobody");
  lab.install("exit 1");
  const [broken] = await lab.programs.list();
  assertEquals([broken?.installed, broken?.version], [true, undefined]);
  for (const resume of ["../x", "a b", "--skip-permissions", ""]) {
    await assertRejects(() => lab.programs.start("parrot", resume, "s"), ProtocolError, "resume");
  }
  const { argv } = await lab.programs.start("parrot", "talk-1", "s");
  assertEquals(argv.slice(-3), [`${lab.folder}/parrot`, "--resume", "talk-1"]);
});

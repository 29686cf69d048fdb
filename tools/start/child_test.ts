import { assertEquals, assertRejects } from "@std/assert";
import { DeadlineError } from "../../kit/mod.ts";
import { Child, ChildEndedError, type ChildOptions } from "./child.ts";

function shell(script: string, options: Partial<ChildOptions> = {}): Child {
  return new Child({ name: "script", program: "sh", args: ["-c", script], ...options });
}

Deno.test("event() gives what the child logs, also when it did so before", async () => {
  const lines: string[] = [];
  await using child = shell(
    `echo '{"event":"other"}'; echo '{"event":"ready","port":8420}'; exec sleep 60`,
    { onLine: (line) => lines.push(line) },
  );
  assertEquals((await child.event("ready", 10_000)).port, 8420);
  assertEquals((await child.event("ready", 10_000)).port, 8420);
  assertEquals(lines, ['{"event":"other"}', '{"event":"ready","port":8420}']);
});

Deno.test("a child that ends tells why in its last words", async () => {
  await using child = shell(
    `echo '{"level":"info","event":"boring"}'
     echo '{"level":"error","event":"relay.failed","message":"Cannot listen: port in use"}'
     echo 'plain words' >&2; exit 7`,
  );
  const error = await assertRejects(() => child.event("ready", 10_000), ChildEndedError);
  assertEquals(error.end.status, 7);
  assertEquals(error.end.why.split("\n").sort(), ["Cannot listen: port in use", "plain words"]);
});

Deno.test("event() gives up at its deadline", async () => {
  await using child = shell("exec sleep 60");
  await assertRejects(() => child.event("ready", 20), DeadlineError, `the script's "ready"`);
});

Deno.test("disposing stops by SIGTERM, and is safe twice and after the end", async () => {
  const child = shell(`trap 'echo bye >&2; exit 3' TERM; echo '{"event":"ready"}'
    while :; do sleep 0.05; done`);
  await child.event("ready", 10_000);
  await child[Symbol.asyncDispose]();
  await child[Symbol.asyncDispose]();
  assertEquals(await child.ended, { status: 3, why: "bye" });
});

Deno.test("disposing kills a child that will not stop", async () => {
  const child = shell(`trap '' TERM; echo '{"event":"ready"}'; while :; do sleep 0.05; done`, {
    stopMs: 50,
  });
  await child.event("ready", 10_000);
  await child[Symbol.asyncDispose]();
  assertEquals((await child.ended).status, 128 + 9);
});

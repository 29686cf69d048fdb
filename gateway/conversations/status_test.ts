import { assertEquals } from "@std/assert";
import { ParrotLab } from "../testing/parrot/lab.ts";

/** What the agent tells of itself beyond its transcript. */
const VARIANTS: Record<string, { hooks?: boolean; tells?: string }> = {
  "its own note": { tells: "note" },
  "its pane's title": { tells: "title" },
  "its hooks": { hooks: true },
  "note, title and hooks": { hooks: true, tells: "note,title" },
};

for (const [by, { hooks = false, tells = "" }] of Object.entries(VARIANTS)) {
  Deno.test(`[SE2] status is true by ${by}`, async () => {
    await using parrots = await ParrotLab.open({ hooks, env: { PARROT_TELLS: tells } });
    const session = await parrots.start();
    await session.has("idle");
    await session.prompt("work [[wait:a]]");
    await session.has("working");
    parrots.release("a");
    await session.tells("final You said: work [[wait:a]]");
    await session.has("idle");
    await session.prompt("[[ask:ls]] [[wait:b]]");
    await session.asks();
    assertEquals(session.status, "waiting");
    await session.types("1");
    await session.has("working");
    assertEquals(session.approvals, []);
    await parrots.ask("prompts.interrupt", { session: session.id });
    await session.tells("interrupted");
    await session.has("idle");
    await session.prompt("[[error:no model]]");
    await session.tells("error no model");
    await session.has("idle");
  });
}

Deno.test("[SE2] by its transcript alone an agent is starting, idle and working", async () => {
  await using parrots = await ParrotLab.open({ env: { PARROT_START_QUESTION: "Sure?" } });
  const session = await parrots.start({ isReady: false });
  await session.has("starting");
  await session.types("y");
  await session.has("idle");
  await session.prompt("[[tool:ls]] [[wait:a]]");
  await session.has("working");
  parrots.release("a");
  await session.has("idle");
  await session.types("/exit", "Enter");
  await session.has("gone");
});

Deno.test("[AG3] [SE2] an agent that a person starts in a shell is known, and its end too", async () => {
  await using parrots = await ParrotLab.open();
  const { session: { id } } = await parrots.ask("sessions.start", {});
  const session = parrots.at(id);
  await session.has("idle");
  await session.types(`${parrots.lab.home.folder}/bin/parrot`, "Enter");
  await session.sees("parrot❯");
  assertEquals((await session.prompt("hello")).outcome, "delivered");
  assertEquals(parrots.session(id)?.agent, "parrot");
  await session.prompt("[[crash]]").catch(() => {});
  await session.until(() => parrots.session(id)?.agent === undefined, "end of the agent");
  await session.has("idle");
  assertEquals(session.story, ["prompt hello", "final You said: hello", "prompt [[crash]]"]);
  await session.types(`${parrots.lab.home.folder}/bin/parrot`, "Enter");
  await session.sees("Parrot idle");
  assertEquals((await session.prompt("hello again")).outcome, "delivered");
  await session.tells("final You said: hello again");
});

Deno.test("what an agent says with its last breath is told", async () => {
  await using parrots = await ParrotLab.open({ env: { PARROT_TELLS: "note" } });
  const session = await parrots.start();
  await session.prompt("first");
  await session.prompt("[[wait:end]] [[leave]]");
  await session.has("working");
  parrots.release("end");
  await session.tells("final You said: [[wait:end]] [[leave]]");
  await session.has("gone");
});

import { assert, assertEquals } from "@std/assert";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { ParrotLab, type ParrotSession } from "../testing/parrot/lab.ts";

/**
 * That each turn was told once for each of its revs, and in order. What a lost acknowledgement has
 * told again has the same number: the relay knows it by that.
 */
function checkOnce(parrots: ParrotLab, session: ParrotSession): void {
  const numbers = new Map<number | undefined, string>();
  for (const { session: id, outbox, turn } of parrots.told) {
    if (id !== session.id) continue;
    const telling = `${turn.id} ${turn.rev}`;
    assertEquals(numbers.get(outbox) ?? telling, telling, "a number was used twice");
    numbers.set(outbox, telling);
  }
  assertEquals(new Set(numbers.values()).size, numbers.size, "a turn was told twice");
  const inOrder = [...numbers.keys()].map(Number);
  assertEquals(inOrder, inOrder.toSorted((a, b) => a - b));
  const times = session.turns.map(({ atMs }) => atMs);
  assertEquals(times, times.toSorted((a, b) => a - b));
}

Deno.test("[TU2] [TU7] a gateway killed mid-turn repeats and misses nothing", async () => {
  await using parrots = await ParrotLab.open();
  await parrots.startKillable();
  const session = await parrots.start();
  await session.prompt("zero");
  await session.tells("final You said: zero");
  const story = ["prompt zero", "final You said: zero"];
  for (const name of ["a", "b", "c"]) {
    const text = `[[tool:before ${name}]] [[wait:${name}]] [[tool:after ${name}]]`;
    await session.prompt(text);
    await session.tells(`tool ok before ${name}`);
    await parrots.kill();
    parrots.release(name);
    await session.sees("Parrot idle");
    await parrots.startKillable();
    await session.tells(`final You said: ${text}`);
    await session.has("idle");
    story.push(`prompt ${text}`, `tool ok before ${name}`, `tool ok after ${name}`);
    story.push(`final You said: ${text}`);
  }
  assertEquals(session.story, story);
  checkOnce(parrots, session);
});

Deno.test("[TU7] what the relay has not acknowledged is told again, with the same numbers", async () => {
  await using parrots = await ParrotLab.open();
  const session = await parrots.start();
  parrots.acknowledges = false;
  await session.prompt("one [[tool:ls]]");
  await session.tells("final You said: one [[tool:ls]]");
  const first = parrots.told.splice(0);
  await parrots.stop();
  parrots.acknowledges = true;
  await parrots.startAgain();
  await waitFor(() => parrots.told.length >= first.length, { what: "all of it again" });
  assertEquals(parrots.told, first);
  await session.prompt("two");
  await session.tells("final You said: two");
  await parrots.stop();
  await parrots.startAgain();
  await session.prompt("three");
  await session.tells("final You said: three");
  checkOnce(parrots, session);
});

Deno.test("[TU2] /clear and resume: each conversation by itself, nothing twice", async () => {
  await using parrots = await ParrotLab.open({ env: { PARROT_TELLS: "note" } });
  const session = await parrots.start();
  await session.prompt("before");
  await session.tells("final You said: before");
  const before = session.conversation ?? "";
  assertEquals((await session.prompt("/clear")).outcome, "delivered");
  await session.prompt("after");
  await session.tells("final You said: after");
  assert(session.conversation !== before);
  const { turns } = await parrots.ask("turns.list", { session: session.id, limit: 10 });
  assertEquals(turns.map(({ kind }) => kind), ["prompt", "final"]);
  await parrots.ask("sessions.end", { session: session.id });
  await session.has("gone");

  const again = await parrots.start({ resume: before });
  await again.prompt("resumed");
  await again.tells("final You said: resumed");
  assertEquals(again.conversation, before);
  checkOnce(parrots, session);
  checkOnce(parrots, again);
});

Deno.test("[TU1] two sessions in one folder never mix, whatever tells them apart", async () => {
  for (const tells of ["", "note"]) {
    await using parrots = await ParrotLab.open({ env: { PARROT_TELLS: tells } });
    const [one, two] = await Promise.all([parrots.start(), parrots.start()]);
    for (let n = 0; n < 3; n++) {
      await Promise.all([one.prompt(`one ${n} [[tool:1]]`), two.prompt(`two ${n} [[tool:2]]`)]);
      await one.tells(`final You said: one ${n} [[tool:1]]`);
      await two.tells(`final You said: two ${n} [[tool:2]]`);
      if (n === 1) {
        await parrots.stop();
        await parrots.startAgain();
      }
    }
    const storyOf = (word: string, tool: number) =>
      [0, 1, 2].flatMap((n) => [
        `prompt ${word} ${n} [[tool:${tool}]]`,
        `tool ok ${tool}`,
        `final You said: ${word} ${n} [[tool:${tool}]]`,
      ]);
    assertEquals([one.story, two.story], [storyOf("one", 1), storyOf("two", 2)]);
    assert(one.conversation !== two.conversation);
    checkOnce(parrots, one);
    checkOnce(parrots, two);
  }
});

Deno.test("[TU1] records that nobody knows are skipped, and never the end", async () => {
  await using parrots = await ParrotLab.open();
  const session = await parrots.start();
  await session.prompt("[[junk]] [[tool:ls]] [[junk]]");
  await session.tells("final You said: [[junk]] [[tool:ls]] [[junk]]");
  await session.prompt("go on");
  await session.tells("final You said: go on");
  await parrots.stop();
  await parrots.startAgain();
  await session.prompt("and on");
  await session.tells("final You said: and on");
  checkOnce(parrots, session);
});

Deno.test("of a session that ended while no gateway ran, nothing stays on disk", async () => {
  await using parrots = await ParrotLab.open();
  const session = await parrots.start();
  await session.prompt("hello");
  await session.tells("final You said: hello");
  const folder = `${parrots.lab.home.stateDir}/conversations`;
  Deno.writeTextFileSync(`${folder}/${session.id}.secret`, "of its server");
  const left = () => [...Deno.readDirSync(folder)].filter(({ name }) => name.includes(session.id));
  assert(left().length >= 3, "outbox, memo and secret");
  await parrots.stop();
  await parrots.lab.home.tmux("kill-session", "-t", `=${session.id}`);
  await parrots.startAgain();
  await waitFor(() => left().length === 0, { what: "an empty folder", deadlineMs: 20_000 });
});

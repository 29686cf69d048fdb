import { assertEquals } from "@std/assert";
import { silentLog } from "@chatcode/kit";
import type { Turn } from "@chatcode/protocol";
import { Outbox } from "./outbox.ts";

const prompt = (id: string, rev = 0): Turn => ({ kind: "prompt", id, rev, atMs: 1, text: id });
const at = (position: number) => ({ agent: "claude", conversation: "c", position }) as const;
const checkpoint = (position: number) => ({
  ...{ conversation: "c", transcript: "/t", position, check: "x" },
});

async function withPath(act: (path: string) => void): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "cc-outbox-" });
  try {
    act(`${folder}/s.outbox`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const numbers = (outbox: Outbox) => outbox.waiting.map((each) => [each.outbox, each.turn.id]);

Deno.test("[TU7] what is not acknowledged waits, in order, for the next gateway too", async () => {
  await withPath((path) => {
    {
      using outbox = Outbox.open(path, silentLog);
      for (const id of ["a", "b", "c"]) outbox.push(at(0), prompt(id));
      outbox.ack(1);
    }
    using again = Outbox.open(path, silentLog);
    assertEquals(numbers(again), [[2, "b"], [3, "c"]]);
    again.push(at(0), prompt("d"));
    assertEquals(numbers(again), [[2, "b"], [3, "c"], [4, "d"]]);
    again.ack(4);
    assertEquals(again.waiting, []);
    assertEquals(again.push(at(0), prompt("e"))?.outbox, 5);
  });
});

Deno.test("[TU3] a transcript read again from its checkpoint tells nothing twice", async () => {
  await withPath((path) => {
    {
      using outbox = Outbox.open(path, silentLog);
      outbox.push(at(0), prompt("a"));
      outbox.mark(checkpoint(10));
      outbox.push(at(10), prompt("b"));
      outbox.push(at(20), prompt("c", 1));
      outbox.ack(3);
    }
    for (let times = 0; times < 3; times++) {
      using again = Outbox.open(path, silentLog);
      assertEquals(again.checkpoint, checkpoint(10));
      again.mark(checkpoint(10));
      assertEquals(again.push(at(10), prompt("b")), undefined);
      assertEquals(again.push(at(20), prompt("c")), undefined);
      assertEquals(again.push(at(20), prompt("c", 1)), undefined);
    }
    using last = Outbox.open(path, silentLog);
    assertEquals(last.push(at(20), prompt("c", 2))?.outbox, 4);
  });
});

Deno.test("[TU7] half a line of a killed gateway is as if it had not been written", async () => {
  await withPath((path) => {
    {
      using outbox = Outbox.open(path, silentLog);
      outbox.push(at(0), prompt("a"));
      outbox.push(at(0), prompt("b"));
    }
    const text = Deno.readTextFileSync(path);
    for (let cut = 1; cut < 60; cut++) {
      Deno.writeTextFileSync(path, text.slice(0, -cut));
      using again = Outbox.open(path, silentLog);
      assertEquals(numbers(again).length >= 1, true);
      assertEquals(again.push(at(0), prompt("c"))?.turn.id, "c");
    }
  });
});

Deno.test("an outbox stays small however much goes through it, and says when it is full", async () => {
  await withPath((path) => {
    using outbox = Outbox.open(path, silentLog);
    const text = "x".repeat(2_000);
    for (let n = 1; n <= 4_000; n++) {
      outbox.push(at(n), { kind: "prompt", id: `t${n}`, rev: 0, atMs: 1, text });
      outbox.ack(n);
      if (n % 50 === 0) outbox.mark(checkpoint(n));
    }
    assertEquals(Deno.statSync(path).size < 2 * 1024 * 1024, true);
    assertEquals(outbox.isFull, false);
    for (let n = 0; n < 2_000; n++) outbox.push(at(5_000), prompt(`w${n}`));
    assertEquals(outbox.isFull, true);
    outbox.ack(5_000);
    assertEquals(outbox.isFull, false);
  });
});

Deno.test("a disk that takes nothing loses no turn, and has them all when it takes again", async () => {
  await withPath((path) => {
    using outbox = Outbox.open(path, silentLog);
    outbox.push(at(0), prompt("a"));
    // The draft's place is taken, and the file is closed to us: nothing can be written.
    Deno.mkdirSync(`${path}.draft`);
    const long = "x".repeat(1024 * 1024);
    outbox.push(at(1), { kind: "prompt", id: "b", rev: 0, atMs: 1, text: long });
    outbox.ack(2); // large and mostly old: written anew, which fails
    outbox.push(at(2), prompt("c"));
    outbox.push(at(3), prompt("d"));
    assertEquals(numbers(outbox), [[3, "c"], [4, "d"]]);
    Deno.removeSync(`${path}.draft`);
    outbox.push(at(4), prompt("e"));
    using again = Outbox.open(path, silentLog);
    assertEquals(numbers(again), [[3, "c"], [4, "d"], [5, "e"]]);
  });
});

import { assertEquals } from "@std/assert";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { Tail, type TailOptions } from "./tail.ts";
import type { TailPosition } from "./tail_position.ts";

/** What a tail told, and a folder for its file. */
class TailLab implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync();
  readonly path = `${this.folder}/session.jsonl`;
  #running: { records: unknown[]; stop: () => Promise<void> }[] = [];

  start(options: Partial<TailOptions> = {}, path = this.path) {
    const aborter = new AbortController();
    const tail = new Tail(path, { signal: aborter.signal, ...options });
    const told = {
      tail,
      records: [] as unknown[],
      ends: [] as number[],
      restarts: 0,
      caughtUp: 0,
      skipped: 0,
      stop: async () => {
        aborter.abort();
        await ended;
      },
    };
    const ended = (async () => {
      for await (const batch of tail) {
        if (batch.restarted) told.restarts++;
        if (batch.caughtUp) told.caughtUp++;
        told.skipped = batch.skipped;
        for (const { record, endOffset } of batch.records) {
          told.records.push(record);
          told.ends.push(endOffset);
        }
      }
    })();
    this.#running.push(told);
    return told;
  }

  write(...records: unknown[]): void {
    this.writeText(records.map((record) => JSON.stringify(record) + "\n").join(""));
  }

  writeText(text: string): void {
    Deno.writeTextFileSync(this.path, text, { append: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of this.#running) await each.stop();
    await Deno.remove(this.folder, { recursive: true });
  }
}

const told = (records: unknown[], count: number) =>
  waitFor(() => records.length >= count, { what: `${count} records` });

Deno.test("Tail tells what stands there, then what comes, without half lines", async () => {
  await using lab = new TailLab();
  lab.write({ n: 1 });
  const { records } = lab.start();
  await told(records, 1);
  lab.writeText('{"n":');
  lab.writeText("2}\n");
  lab.write({ n: 3 });
  await told(records, 3);
  assertEquals(records, [{ n: 1 }, { n: 2 }, { n: 3 }]);
});

Deno.test("Tail waits for a file, and for its folder", async () => {
  await using lab = new TailLab();
  const path = `${lab.folder}/later/session.jsonl`;
  const { records } = lab.start({ pollMs: 60_000 }, path);
  await Deno.mkdir(`${lab.folder}/later`);
  await Deno.writeTextFile(path, "[1]\n");
  await told(records, 1);
  await Deno.writeTextFile(path, "[2]\n", { append: true });
  await told(records, 2);
  assertEquals(records, [[1], [2]]);
});

Deno.test("Tail hears of a change, however slowly it polls", async () => {
  await using lab = new TailLab();
  lab.write(1);
  const { records } = lab.start({ pollMs: 600_000 });
  await told(records, 1);
  for (let n = 2; n < 6; n++) {
    lab.write(n);
    await told(records, n);
  }
});

Deno.test("Tail from the end tells only what comes, even behind half a line", async () => {
  await using lab = new TailLab();
  lab.write("old", "older");
  lab.writeText('{"half":');
  const told1 = lab.start({ from: "end" });
  await waitFor(() => told1.caughtUp, { what: "the first look" });
  lab.writeText("true}\n");
  await told(told1.records, 1);
  assertEquals(told1.records, [{ half: true }]);
});

Deno.test("Tail goes on from a saved position, after each record", async () => {
  await using lab = new TailLab();
  const all = [{ a: 1 }, { b: "ü" }, { c: [3] }, { d: 4 }];
  lab.write(...all);
  const first = lab.start();
  await told(first.records, all.length);
  const positions: TailPosition[] = [];
  for (const end of first.ends) positions.push(await first.tail.positionAt(end));
  await first.stop();
  lab.write({ e: 5 });
  for (const [at, from] of positions.entries()) {
    const again = lab.start({ from });
    await told(again.records, all.length - at);
    assertEquals(again.records, [...all.slice(at + 1), { e: 5 }]);
    assertEquals(again.restarts, 0);
  }
});

Deno.test("Tail starts over when the file is cut, overwritten or another one", async () => {
  await using lab = new TailLab();
  lab.write("first", "second");
  const tail = lab.start({ pollMs: 50 });
  const { records } = tail;
  await told(records, 2);
  await Deno.writeTextFile(lab.path, '"cut"\n');
  await told(records, 3);
  await Deno.writeTextFile(lab.path, '"overwritten by something longer"\n');
  await told(records, 4);
  await Deno.writeTextFile(`${lab.path}.new`, '"replaced by another file that is longer"\n');
  await Deno.rename(`${lab.path}.new`, lab.path);
  await told(records, 5);
  await Deno.remove(lab.path);
  lab.write("made anew");
  await told(records, 6);
  assertEquals(records.slice(2), [
    "cut",
    "overwritten by something longer",
    "replaced by another file that is longer",
    "made anew",
  ]);
  assertEquals(tail.skipped, 0);
});

Deno.test("Tail goes on in a copy that took the file's place", async () => {
  await using lab = new TailLab();
  lab.write(1, 2);
  const tail = lab.start({ pollMs: 50 });
  await told(tail.records, 2);
  await Deno.copyFile(lab.path, `${lab.path}.copy`);
  await Deno.writeTextFile(`${lab.path}.copy`, "3\n", { append: true });
  await Deno.rename(`${lab.path}.copy`, lab.path);
  await told(tail.records, 3);
  assertEquals([tail.records, tail.restarts], [[1, 2, 3], 0]);
});

Deno.test("Tail starts over when a saved position is of another file", async () => {
  await using lab = new TailLab();
  lab.write(1, 2);
  const tail = lab.start({ from: { offset: 2, check: "of another file" } });
  await told(tail.records, 2);
  assertEquals([tail.records, tail.restarts], [[1, 2], 1]);
});

Deno.test("Tail skips a huge line and goes on behind it", async () => {
  await using lab = new TailLab();
  lab.write(1);
  lab.writeText(`"${"x".repeat(300_000)}"\n`);
  lab.write(2);
  const tail = lab.start({ maxLineBytes: 100_000 });
  await told(tail.records, 2);
  assertEquals([tail.records, tail.skipped], [[1, 2], 1]);
});

Deno.test("Tail answers a poke with a batch that says it is caught up", async () => {
  await using lab = new TailLab();
  lab.write(1);
  const tail = lab.start({ pollMs: 600_000 });
  await waitFor(() => tail.caughtUp === 1, { what: "the first look" });
  tail.tail.poke();
  await waitFor(() => tail.caughtUp === 2, { what: "the poked look" });
});

Deno.test("Tail keeps up with a storm of writes, then hears of single ones again", async () => {
  await using lab = new TailLab();
  const tail = lab.start({ pollMs: 600_000 });
  for (let n = 0; n < 2_000; n++) lab.write({ n });
  await told(tail.records, 2_000);
  assertEquals(tail.records, Array.from({ length: 2_000 }, (_, n) => ({ n })));
  lab.write("later");
  await told(tail.records, 2_001);
});

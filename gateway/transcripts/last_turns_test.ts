import { assert, assertEquals, assertLess } from "@std/assert";
import { claude } from "../agents/claude.ts";
import { readLastTurns } from "./last_turns.ts";
import { Tail } from "./tail.ts";

const cwd = "/home/user/project";

function exchange(n: number, filler = ""): unknown[] {
  const common = { sessionId: "s", cwd, timestamp: new Date(1_795_200_000_000 + n).toISOString() };
  const usage = { input_tokens: 1, output_tokens: 1 };
  const message = { id: `msg_${n}`, model: "m", stop_reason: "end_turn", usage };
  return [
    { type: "user", uuid: `p${n}`, message: { content: `prompt ${n}` }, ...common },
    { type: "progress", filler, ...common },
    {
      type: "assistant",
      uuid: `t${n}`,
      message: { ...message, content: [{ type: "text", text: `answer ${n}` }] },
      ...common,
    },
    { type: "system", subtype: "turn_duration", uuid: `d${n}`, ...common },
  ];
}

function lines(records: readonly unknown[]): string {
  return records.map((record) => JSON.stringify(record) + "\n").join("");
}

async function withFile(text: string, test: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, text);
    await test(path);
  } finally {
    await Deno.remove(path);
  }
}

const newReader = () => claude.newReader();

Deno.test("readLastTurns() gives the last turns and a reader that goes on behind them", async () => {
  const filler = "x".repeat(20_000);
  const all = Array.from({ length: 200 }, (_, n) => exchange(n, filler)).flat();
  const half = '{"type":"user","uuid":"half",';
  await withFile(lines(all) + half, async (path) => {
    const { turns, reader, position, hasMore } = await readLastTurns(path, { newReader, turns: 7 });
    assertEquals(turns.map(({ id, kind }) => [id, kind]), [
      ["t197", "final"],
      ["p198", "prompt"],
      ["usage:msg_198", "usage"],
      ["t198", "final"],
      ["p199", "prompt"],
      ["usage:msg_199", "usage"],
      ["t199", "final"],
    ]);
    assertEquals([reader.cwd, reader.conversation, reader.busy, hasMore], [cwd, "s", false, true]);
    assertEquals(position.offset, lines(all).length);

    await Deno.writeTextFile(path, `"message":{"content":"next"}}\n`, { append: true });
    const aborter = new AbortController();
    const tail = new Tail(path, { from: position, signal: aborter.signal });
    for await (const { records } of tail) {
      const told = records.flatMap(({ record }) => reader.push(record));
      assertEquals(told.map((turn) => turn.kind), ["prompt"]);
      aborter.abort();
    }
  });
});

Deno.test("readLastTurns() of a short, an empty or an unfinished file gives all there is", async () => {
  await withFile(lines(exchange(1)), async (path) => {
    const { turns, hasMore } = await readLastTurns(path, { newReader, turns: 50 });
    assertEquals([turns.length, hasMore], [3, false]);
  });
  for (const text of ["", '{"type":"us']) {
    await withFile(text, async (path) => {
      const { turns, position, hasMore } = await readLastTurns(path, { newReader, turns: 5 });
      assertEquals([turns.length, position.offset, hasMore], [0, 0, false]);
    });
  }
});

Deno.test("readLastTurns() of 200 MB reads its end, in little time and memory", async () => {
  const path = await Deno.makeTempFile();
  try {
    const block = new TextEncoder().encode(
      lines(Array.from({ length: 100 }, (_, n) => exchange(n, "y".repeat(10_000))).flat()),
    );
    using file = await Deno.open(path, { write: true });
    let bytes = 0;
    for (; bytes < 200 * 1024 * 1024; bytes += block.length) await file.write(block);
    const ending = lines([
      ...exchange(1_000),
      { huge: "z".repeat(9 * 1024 * 1024) },
      ...exchange(1_001),
    ]);
    await file.write(new TextEncoder().encode(ending));

    const rssBefore = Deno.memoryUsage().rss;
    const startedMs = performance.now();
    const { turns, hasMore } = await readLastTurns(path, { newReader, turns: 50 });
    const tookMs = performance.now() - startedMs;
    const grownMb = (Deno.memoryUsage().rss - rssBefore) / 1024 / 1024;
    console.log(
      `${Math.round(bytes / 1024 / 1024)} MB: ${tookMs.toFixed(0)} ms, ${
        grownMb.toFixed(0)
      } MB more`,
    );
    assertEquals([turns.length, turns.at(-1)?.id, hasMore], [50, "t1001", true]);
    assert(
      turns.some((turn) => turn.id === "t1000"),
      "what stands before a huge line is read, too",
    );
    assertLess(grownMb, 100);
  } finally {
    await Deno.remove(path);
  }
});

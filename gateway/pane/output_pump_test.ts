import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { FakeClock } from "../../kit/testing/fake_clock.ts";
import { COALESCE_MS, OutputPump } from "./output_pump.ts";
import type { ViewerEvent } from "./viewer_event.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const resync = (epoch = "e"): ViewerEvent => ({
  type: "resync",
  seq: 0,
  epoch,
  cols: 80,
  rows: 24,
});
const size = (cols: number): ViewerEvent => ({ type: "size", cols, rows: 24, holdsSize: true });

function setUp(ringBytes = 1024) {
  const clock = new FakeClock();
  const told: string[] = [];
  let overruns = 0;
  const pump = new OutputPump({ clock, ringBytes, onOverrun: () => overruns++ });
  const sink = (event: ViewerEvent) => {
    if (event.type === "bytes") told.push(`${event.seq}:${new TextDecoder().decode(event.bytes)}`);
    else if (event.type === "size") told.push(`size ${event.cols}`);
    else told.push(event.type);
  };
  return { clock, told, pump, sink, overruns: () => overruns };
}

Deno.test("after quiet at once, in a stream together, an echo never waits", async () => {
  const { clock, told, pump, sink } = setUp();
  pump.bind(sink, { creditBytes: 1000, seq: 0 });
  pump.start();
  pump.append(bytesOf("a"));
  assertEquals(told, ["0:a"]);
  pump.append(bytesOf("b"));
  pump.append(bytesOf("c"));
  assertEquals(told.length, 1);
  await clock.advance(COALESCE_MS);
  assertEquals(told, ["0:a", "1:bc"]);
  pump.expectEcho();
  pump.append(bytesOf("d"));
  assertEquals(told.at(-1), "3:d");
  pump.append(bytesOf("e"));
  assertEquals(told.at(-1), "3:d");
  pump.unbind();
  assertEquals(clock.pending, 0);
});

Deno.test("[CR1] output travels against credit, and goes on when it is granted", () => {
  const { told, pump, sink } = setUp();
  pump.bind(sink, { creditBytes: 3, seq: 0 });
  pump.start();
  pump.append(bytesOf("hello"));
  assertEquals(told, ["0:hel"]);
  pump.grant(1);
  assertEquals(told, ["0:hel", "3:l"]);
  pump.grant(100);
  assertEquals(told, ["0:hel", "3:l", "4:o"]);
});

Deno.test("a resync is told right before its first byte, a size at its place", () => {
  const { told, pump, sink } = setUp();
  pump.bind(sink, { creditBytes: 4, seq: 0 });
  pump.start();
  pump.restart(resync());
  pump.flush();
  assertEquals(told, []);
  pump.append(bytesOf("paint"));
  assertEquals(told, ["resync", "0:pain"]);
  pump.mark(size(100));
  pump.append(bytesOf("more"));
  pump.grant(100);
  assertEquals(told, ["resync", "0:pain", "4:t", "size 100", "5:more"]);
});

Deno.test("[AT2] a replay needs every byte, and no resync or size in between", () => {
  const { pump, sink } = setUp(8);
  pump.bind(sink, { creditBytes: 1000, seq: 0 });
  pump.start();
  pump.restart(resync());
  assertEquals(pump.canReplay(0), false, "the resync itself may be missing");
  pump.append(bytesOf("abcdef"));
  assertEquals([0, 1, 6, 7].map((seq) => pump.canReplay(seq)), [false, true, true, false]);
  pump.append(bytesOf("ghij"));
  assertEquals([1, 2, 10].map((seq) => pump.canReplay(seq)), [false, true, true]);
  pump.mark(size(90));
  assertEquals([9, 10].map((seq) => pump.canReplay(seq)), [false, true]);
});

Deno.test("a bound viewer goes on at its seq, and old sinks hear no more", () => {
  const { told, pump, sink } = setUp();
  pump.bind(sink, { creditBytes: 1000, seq: 0 });
  pump.start();
  pump.append(bytesOf("hello"));
  const second: string[] = [];
  pump.bind((event) => second.push(event.type), { creditBytes: 1000, seq: 2 });
  pump.append(bytesOf("!"));
  assertEquals(second, [], "nothing before the start");
  pump.start();
  assertEquals(second, ["bytes"]);
  assertEquals(told, ["0:hello"]);
});

Deno.test("[CR3] an overrun is told; then sizes are passed on, and a restart begins anew", () => {
  const { told, pump, sink, overruns } = setUp(8);
  pump.bind(sink, { creditBytes: 2, seq: 0 });
  pump.start();
  pump.append(bytesOf("abcdefgh"));
  pump.mark(size(70));
  assertEquals([told.length, overruns()], [1, 0]);
  pump.append(bytesOf("ijk"));
  assertEquals(overruns(), 1);
  pump.drop();
  assertEquals(told, ["0:ab", "size 70"]);
  pump.restart(resync());
  pump.append(bytesOf("new"));
  assertEquals(told, ["0:ab", "size 70"], "no credit");
  pump.grant(10);
  assertEquals(told, ["0:ab", "size 70", "resync", "11:new"]);
});

Deno.test("whatever comes, the viewer gets the stream without a gap and within its credit", async () => {
  const step = fc.oneof(
    fc.tuple(fc.constant("append" as const), fc.integer({ min: 1, max: 300 })),
    fc.tuple(fc.constant("grant" as const), fc.integer({ min: 1, max: 300 })),
    fc.tuple(fc.constant("wait" as const), fc.integer({ min: 0, max: 20 })),
    fc.tuple(fc.constant("echo" as const), fc.constant(0)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const clock = new FakeClock();
      const pump = new OutputPump({ clock, ringBytes: 1 << 20, onOverrun: () => assert(false) });
      const stream: number[] = [];
      const got: number[] = [];
      let credit = 50;
      pump.bind((event) => {
        if (event.type !== "bytes") return;
        assertEquals(event.seq, got.length);
        got.push(...event.bytes);
      }, { creditBytes: credit, seq: 0 });
      pump.start();
      for (const [what, n] of steps) {
        if (what === "append") {
          const bytes = Uint8Array.from({ length: n }, (_, i) => (stream.length + i) % 251);
          stream.push(...bytes);
          pump.append(bytes);
        } else if (what === "grant") {
          credit += n;
          pump.grant(n);
        } else if (what === "wait") await clock.advance(n);
        else pump.expectEcho();
        assert(got.length <= credit);
      }
      await clock.advance(COALESCE_MS);
      assertEquals(got, stream.slice(0, Math.min(credit, stream.length)));
    }),
    { numRuns: 100 },
  );
});

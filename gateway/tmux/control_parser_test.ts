import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { CONTROL_MAX_LENGTH, type ControlEvent, ControlParser } from "./control_parser.ts";

const SAID = [
  "%begin 100 7 0",
  "%end 100 7 0",
  "%session-changed $0 _chatcode",
  "%begin 100 8 1",
  "one",
  "%end 100 7 1", // output that looks like an end, of another number
  "%end 100 8 1",
  "%begin 100 9 1",
  "can't find session: x",
  "%error 100 9 1",
  "%sessions-changed",
  "",
].join("\n");

const MEANT: ControlEvent[] = [
  { type: "block", ours: false, ok: true, lines: [] },
  { type: "notification", name: "session-changed", text: "$0 _chatcode" },
  { type: "block", ours: true, ok: true, lines: ["one", "%end 100 7 1"] },
  { type: "block", ours: true, ok: false, lines: ["can't find session: x"] },
  { type: "notification", name: "sessions-changed", text: "" },
];

Deno.test("ControlParser tells blocks and notifications apart, however they are cut", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(SAID.length)), (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), SAID.length];
      const parser = new ControlParser();
      const events = at.slice(1).flatMap((end, i) => parser.push(SAID.slice(at[i], end)));
      assertEquals(events, MEANT);
    }),
  );
});

Deno.test("ControlParser survives any text", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" })), (chunks) => {
      const parser = new ControlParser();
      for (const chunk of chunks) parser.push(chunk);
    }),
  );
});

Deno.test("ControlParser refuses a line or a block without end", () => {
  const quarter = "x".repeat(CONTROL_MAX_LENGTH / 4);
  const line = new ControlParser();
  assertThrows(() => {
    for (let i = 0; i < 6; i++) line.push(quarter);
  }, RangeError);
  const block = new ControlParser();
  block.push("%begin 1 1 1\n");
  assertThrows(() => {
    for (let i = 0; i < 6; i++) block.push(quarter + "\n");
  }, RangeError);
});

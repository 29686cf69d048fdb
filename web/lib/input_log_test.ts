import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { InputLog } from "./input_log.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (frame: { bytes: Uint8Array } | undefined) =>
  frame && new TextDecoder().decode(frame.bytes);

Deno.test("InputLog holds everything back until the host tells where to start", () => {
  const log = new InputLog();
  log.push(bytes("ls\r"));
  assertEquals(log.next(), undefined);
  log.rewind(500);
  const frame = log.next();
  assertEquals([frame?.seq, text(frame)], [500, "ls\r"]);
  assertEquals(log.next(), undefined);
});

Deno.test("[IN3] InputLog keeps the window and sends on with each acknowledgement", () => {
  const log = new InputLog(4);
  log.rewind(0);
  log.push(bytes("abcdefg"));
  assertEquals(text(log.next()), "abcd");
  assertEquals(log.next(), undefined);
  log.ack(3);
  assertEquals(text(log.next()), "efg");
  log.ack(7);
  assertEquals(log.pendingBytes, 0);
});

Deno.test("[IN2] InputLog sends anew exactly what the host does not have", () => {
  const log = new InputLog();
  log.rewind(0);
  log.push(bytes("abc"));
  log.next();
  log.push(bytes("def"));
  log.next();
  log.ack(1);
  log.rewind(4);
  const frame = log.next();
  assertEquals([frame?.seq, text(frame)], [4, "ef"]);
});

Deno.test("[IN5] InputLog starts over at 0 when the host forgot the viewer", () => {
  const log = new InputLog();
  log.rewind(10);
  log.push(bytes("abc"));
  log.next();
  log.ack(11);
  log.rewind(0);
  const frame = log.next();
  assertEquals([frame?.seq, text(frame)], [0, "bc"]);
});

Deno.test("InputLog refuses a seq that would lose or invent bytes", () => {
  const log = new InputLog();
  log.rewind(10);
  log.push(bytes("abc"));
  log.next();
  log.ack(12);
  assertThrows(() => log.rewind(11), RangeError);
  assertThrows(() => log.rewind(14), RangeError);
});

Deno.test("InputLog.startOver() drops what may have been typed and keeps the rest", () => {
  const log = new InputLog(2);
  log.rewind(7);
  log.push(bytes("abcd"));
  assertEquals(text(log.next()), "ab");
  log.startOver();
  assertEquals(log.next(), undefined);
  log.rewind(0);
  assertEquals(text(log.next()), "cd");
});

Deno.test("[IN2] whatever is cut and resent, the host types each byte once, in order", () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("type" as const), bytes: fc.uint8Array({ maxLength: 40 }) }),
    fc.record({ do: fc.constantFrom("send", "ack", "cut", "cut-unsent") }),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const log = new InputLog(16);
    const typed: number[] = [];
    const host: number[] = []; // what reached the session
    const onTheWay: { seq: number; bytes: Uint8Array }[] = [];
    const arrive = () => {
      for (const { seq, bytes } of onTheWay.splice(0)) {
        if (seq > host.length) throw new Error("a gap");
        host.push(...bytes.subarray(host.length - seq));
      }
    };
    const send = () => {
      for (let frame = log.next(); frame !== undefined; frame = log.next()) onTheWay.push(frame);
    };
    log.rewind(0);
    for (const step of steps) {
      if ("bytes" in step) {
        log.push(step.bytes);
        typed.push(...step.bytes);
      } else if (step.do === "send") send();
      else if (step.do === "ack") {
        arrive();
        log.ack(host.length);
      } else {
        if (step.do === "cut") arrive(); // reached the host, the acknowledgement did not come back
        onTheWay.length = 0;
        log.rewind(host.length);
      }
    }
    while (log.pendingBytes > 0) {
      send();
      arrive();
      log.ack(host.length);
    }
    assertEquals(host, typed);
  }));
});

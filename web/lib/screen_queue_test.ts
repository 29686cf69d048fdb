import { assertEquals } from "@std/assert";
import { ScreenQueue } from "./screen_queue.ts";

Deno.test("ScreenQueue resets only when all that was written before is drawn", () => {
  const log: string[] = [];
  const drawn: (() => void)[] = [];
  let drawnBytes = 0;
  const queue = new ScreenQueue({
    write: (bytes, done) => {
      log.push(new TextDecoder().decode(bytes));
      drawn.push(done);
    },
    reset: () => log.push("reset"),
    resize: (cols, rows) => log.push(`${cols}x${rows}`),
  }, (bytes) => drawnBytes += bytes);
  const bytes = (text: string) => new TextEncoder().encode(text);

  queue.write(bytes("a"));
  queue.write(bytes("b"));
  queue.reset();
  queue.resize(80, 24);
  queue.write(bytes("c"));
  assertEquals(log, ["a", "b"]);
  assertEquals(queue.undrawnBytes, 3);
  drawn.shift()?.();
  assertEquals(log, ["a", "b"]);
  drawn.shift()?.();
  assertEquals(log, ["a", "b", "reset", "80x24", "c"]);
  drawn.shift()?.();
  assertEquals([queue.undrawnBytes, drawnBytes], [0, 3]);
});

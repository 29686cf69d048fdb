import { assertEquals } from "@std/assert";
import { MessageIds } from "./message_ids.ts";

const SUPERGROUP = -1_001_234_567_890;

Deno.test("[TG3] private chats share a count, each supergroup has its own", () => {
  const ids = new MessageIds({ isAlone: true });
  ids.sent(7, 10);
  ids.sent(8, 12);
  ids.sent(SUPERGROUP, 500);
  assertEquals([ids.last(7), ids.last(-5), ids.last(SUPERGROUP)], [12, 12, 500]);
  assertEquals([ids.has(8, 10), ids.has(SUPERGROUP, 10), ids.has(7, 11)], [true, false, false]);
});

Deno.test("[TG3] others' messages alone do not tell how far the count has come", () => {
  const ids = new MessageIds({ isAlone: true });
  ids.heard(7, 10);
  assertEquals([ids.last(7), ids.has(7, 10)], [undefined, true]);
  ids.sent(7, 12);
  ids.heard(7, 15);
  ids.heard(7, 11);
  assertEquals(ids.last(7), 15);
  ids.lose(7);
  ids.heard(7, 20);
  assertEquals(ids.last(7), undefined);
  ids.sent(7, 22);
  assertEquals([ids.last(7), ids.has(7, 15)], [22, true]);
});

Deno.test("[TG3] where others write as the same bot, nothing is known", () => {
  const ids = new MessageIds({ isAlone: false });
  ids.sent(7, 10);
  assertEquals(ids.last(7), undefined);
});

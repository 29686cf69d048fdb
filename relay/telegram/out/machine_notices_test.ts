import { assertEquals, assertStringIncludes } from "@std/assert";
import { DEFAULT_TELEGRAM_SETTINGS } from "../settings.ts";
import { openOut, USER } from "../testing/open_out.ts";
import { OFFLINE_HOLD_MS } from "./machine_notices.ts";

Deno.test("[TG7] a machine that stays offline is said to be, once, and how long it was", async () => {
  await using test = await openOut();
  test.online();
  test.offline();
  await test.pass(OFFLINE_HOLD_MS / 2);
  test.online();
  await test.pass(OFFLINE_HOLD_MS);
  assertEquals(test.server.messages, []);
  test.offline();
  await test.until(() => test.server.messages.length === 1, "a notice", OFFLINE_HOLD_MS + 5_000);
  const [notice] = test.server.messages;
  assertEquals([notice!.chat, notice!.thread, notice!.silent], [USER, undefined, false]);
  assertStringIncludes(notice!.text, "laptop is offline. 2 sessions are out of reach");
  await test.clock.advance(10 * 60_000);
  test.online();
  await test.until(() => notice!.edits === 1, "an edit");
  assertStringIncludes(notice!.text, "laptop was offline for 11 min");
  await test.pass(OFFLINE_HOLD_MS);
  assertEquals(test.server.messages.length, 1);
});

Deno.test("[TG7] back before the notice was sent, or not wanted: nothing is said", async () => {
  await using test = await openOut();
  test.online();
  const parameters = { retry_after: 60 };
  test.server.fault("sendMessage", { error: 429, description: "Too Many Requests", parameters });
  test.offline();
  await test.until(() => test.server.calls("sendMessage") === 1, "a try");
  test.online();
  await test.pass(90_000);
  assertEquals(test.server.messages, []);
  const { kinds } = DEFAULT_TELEGRAM_SETTINGS;
  await test.want({ kinds: { ...kinds, offline: "off" } });
  test.offline();
  await test.pass(OFFLINE_HOLD_MS + 5_000);
  assertEquals(test.server.messages, []);
});

import { assertEquals } from "@std/assert";
import { FakeClock } from "../../../kit/testing/fake_clock.ts";
import {
  BOT_CALLS,
  BOT_WINDOW_MS,
  Budget,
  CHAT_SPACING_MS,
  GROUP_CALLS,
  GROUP_WINDOW_MS,
} from "./budget.ts";

/** Calls as fast as it may, each lasting `lastsMs`, and tells when each began. */
async function spend(chat: number, calls: number, { lastsMs = 0, cosmetic = false } = {}) {
  const clock = new FakeClock();
  const budget = new Budget(clock);
  const begun: number[] = [];
  while (begun.length < calls) {
    await clock.advance(budget.waitMs(chat, { cosmetic }));
    if (budget.waitMs(chat, { cosmetic }) > 0) continue;
    begun.push(clock.now());
    using _call = budget.begin(chat);
    await clock.advance(lastsMs);
  }
  return begun;
}

Deno.test("[TG3] one call a second in a chat, counted from the end of the one before", async () => {
  const quick = await spend(1, 5);
  const slow = await spend(1, 5, { lastsMs: 3_000 });
  const gaps = (at: number[]) => at.slice(1).map((ms, index) => ms - at[index]!);
  assertEquals(new Set(gaps(quick)), new Set([CHAT_SPACING_MS]));
  assertEquals(new Set(gaps(slow)), new Set([CHAT_SPACING_MS + 3_000]));
});

Deno.test("[TG3] twenty a minute in a group, of which some are kept for what matters", async () => {
  const begun = await spend(-1, 60);
  for (let at = GROUP_CALLS; at < begun.length; at++) {
    assertEquals(begun[at]! - begun[at - GROUP_CALLS]! >= 60_000, true);
  }
  const decoration = await spend(-1, 40, { cosmetic: true });
  const inFirst = decoration.filter((ms) => ms < decoration[0]! + GROUP_WINDOW_MS).length;
  assertEquals(inFirst < GROUP_CALLS && inFirst > 5, true, `${inFirst}`);
});

Deno.test("[TG3] thirty a second for the bot, those that run included", async () => {
  const clock = new FakeClock();
  const budget = new Budget(clock);
  await clock.advance(10_000);
  const running = Array.from({ length: BOT_CALLS }, (_, chat) => budget.begin(chat + 1));
  assertEquals(budget.waitMs(1_000) > 0, true);
  for (const call of running) call[Symbol.dispose]();
  await clock.advance(BOT_WINDOW_MS - 1);
  budget.begin(1_000)[Symbol.dispose]();
  assertEquals(budget.waitMs(1_000), CHAT_SPACING_MS);
  await clock.advance(1);
  assertEquals(budget.waitMs(2_000), CHAT_SPACING_MS, "a chat that was never seen may have been");
});

Deno.test("[TG3] a pause holds one chat, and what was kept of it counts after a restart", async () => {
  const clock = new FakeClock();
  const before = new Budget(clock);
  for (let at = 0; at < GROUP_CALLS; at++) {
    await clock.advance(before.waitMs(-1));
    before.begin(-1)[Symbol.dispose]();
  }
  before.pause(-1, 90_000);
  const kept = before.paceOf(-1);
  assertEquals(before.waitMs(-2) < 2_000, true);
  await clock.advance(5_000);
  const after = new Budget(clock);
  after.restore(-1, kept);
  assertEquals(after.waitMs(-1), 85_000);
  await clock.advance(85_000);
  assertEquals(after.waitMs(-1), 0);
  after.restore(-1, { ...kept, calls: kept.calls.map(() => clock.now()) });
  assertEquals(after.waitMs(-1), GROUP_WINDOW_MS);
  after.pauseAll(300_000);
  assertEquals(after.waitMs(5), 300_000);
});

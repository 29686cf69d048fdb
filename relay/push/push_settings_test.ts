import { assertEquals, assertRejects } from "@std/assert";
import { ProtocolError } from "@chatcode/protocol";
import { claimOwner, openTestAuth } from "../auth/testing/open_test_auth.ts";
import { DEFAULT_PUSH_SETTINGS, isQuiet, PushSettingsBook } from "./push_settings.ts";

const at = (time: string) => Date.parse(`2026-11-20T${time}:00Z`);
const quiet = (from: string, to: string, timeZone = "UTC") => ({
  ...DEFAULT_PUSH_SETTINGS,
  quiet: { from, to, timeZone },
});

Deno.test("quiet hours go by the wall's clock, over midnight too", () => {
  const night = quiet("22:00", "07:00");
  assertEquals(
    ["21:59", "22:00", "23:59", "00:00", "06:59", "07:00"].map((time) => isQuiet(night, at(time))),
    [false, true, true, true, true, false],
  );
  const noon = quiet("12:00", "13:00");
  assertEquals(["11:59", "12:00", "13:00"].map((time) => isQuiet(noon, at(time))), [
    false,
    true,
    false,
  ]);
  assertEquals(isQuiet(quiet("22:00", "07:00", "Asia/Tokyo"), at("13:00")), true);
  assertEquals(isQuiet(quiet("22:00", "07:00", "Asia/Tokyo"), at("12:59")), false);
  assertEquals(isQuiet(quiet("08:00", "08:00"), at("08:00")), false);
  assertEquals(isQuiet(DEFAULT_PUSH_SETTINGS, at("00:00")), false);
});

Deno.test("settings are kept for each account, checked and audited", async () => {
  await using test = await openTestAuth();
  const owner = await claimOwner(test);
  const book = new PushSettingsBook(test.store, test.auth.audit);
  const actor = { who: owner.id };
  await test.clock.advance(1_000);
  assertEquals(await book.get(owner.id), DEFAULT_PUSH_SETTINGS);
  const wanted = { ...quiet("22:30", "06:15", "Europe/Paris") };
  await book.set(owner.id, wanted, actor);
  assertEquals(await book.get(owner.id), wanted);
  for (
    const wrong of [
      quiet("24:00", "07:00"),
      quiet("7:00", "08:00"),
      quiet("07:00", "08:00", "Mars/Olympus"),
      { ...wanted, kinds: { done: true } },
      null,
    ]
  ) {
    const error = await assertRejects(() => book.set(owner.id, wrong, actor), ProtocolError);
    assertEquals(error.code, "INVALID_REQUEST");
  }
  const { entries } = await test.auth.audit.list({ limit: 1 });
  assertEquals(entries[0]?.what, "push.settings");
});

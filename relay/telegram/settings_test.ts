import { assertEquals, assertRejects } from "@std/assert";
import { ProtocolError } from "@chatcode/protocol";
import { claimOwner, openTestAuth } from "../auth/testing/open_test_auth.ts";
import { DEFAULT_TELEGRAM_SETTINGS, TelegramSettingsBook } from "./settings.ts";

Deno.test("[TG7] settings are kept if they are valid, and the change is in the audit log", async () => {
  await using test = await openTestAuth();
  const { id } = await claimOwner(test);
  await test.clock.advance(1); // entries of one millisecond are in no order
  const book = new TelegramSettingsBook(test.store, test.auth.audit);
  assertEquals(await book.get(id), DEFAULT_TELEGRAM_SETTINGS);
  const quiet = { from: "22:00", to: "07:00", timeZone: "Europe/Paris" };
  const wanted = { ...DEFAULT_TELEGRAM_SETTINGS, quiet, progress: "full" as const };
  await book.set(id, wanted, { who: id });
  assertEquals(await book.get(id), wanted);
  const { entries } = await test.auth.audit.list({ limit: 1 });
  assertEquals(entries[0]?.what, "telegram.settings");
  for (const bad of [{}, { ...wanted, quiet: { ...quiet, timeZone: "Mars/Olympus" } }]) {
    await assertRejects(() => book.set(id, bad, { who: id }), ProtocolError);
  }
});

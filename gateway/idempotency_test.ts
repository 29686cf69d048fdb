import { assertEquals, assertRejects } from "@std/assert";
import { ProtocolError } from "@chatcode/protocol";
import { FakeClock } from "../kit/testing/fake_clock.ts";
import { Idempotency } from "./idempotency.ts";

const asked = { principal: "anna", key: "key-0001", method: "sessions.end", params: { a: 1 } };

Deno.test("[RQ5] the same key acts once and gives the same answer, also meanwhile", async () => {
  const table = new Idempotency({ clock: new FakeClock() });
  let acts = 0;
  const act = () => Promise.resolve(++acts);
  assertEquals(await Promise.all([table.once(asked, act), table.once(asked, act)]), [1, 1]);
  assertEquals(await table.once(asked, act), 1);
});

Deno.test("[RQ5] the same key with other params or another method is a conflict", async () => {
  const table = new Idempotency();
  await table.once(asked, () => Promise.resolve(1));
  for (const other of [{ params: { a: 2 } }, { method: "sessions.rename" }]) {
    const error = await assertRejects(
      () => table.once({ ...asked, ...other }, () => Promise.resolve(2)),
      ProtocolError,
    );
    assertEquals(error.code, "CONFLICT");
  }
});

Deno.test("[RL3] keys of different users are kept apart", async () => {
  const table = new Idempotency();
  await table.once(asked, () => Promise.resolve(1));
  const other = { ...asked, principal: "ben" };
  assertEquals(await table.once(other, () => Promise.resolve(2)), 2);
});

Deno.test("a failure is forgotten, so that a retry acts", async () => {
  const table = new Idempotency();
  await assertRejects(() => table.once(asked, () => Promise.reject(new Error("no"))), Error, "no");
  assertEquals(await table.once(asked, () => Promise.resolve(2)), 2);
});

Deno.test("keys are forgotten after ten minutes, and the oldest beyond the bound", async () => {
  const clock = new FakeClock();
  const table = new Idempotency({ clock, maxKeys: 2 });
  const ask = (key: string, answer: number) =>
    table.once({ ...asked, key }, () => Promise.resolve(answer));
  await ask("a", 1);
  await ask("b", 1);
  await ask("c", 1);
  assertEquals(table.size, 2, "the oldest made room");
  assertEquals([await ask("b", 2), await ask("c", 2)], [1, 1]);
  await clock.advance(10 * 60_000);
  assertEquals(await ask("c", 3), 3);
  assertEquals(table.size, 1);
});

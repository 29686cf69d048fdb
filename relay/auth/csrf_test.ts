import { assertEquals, assertNotEquals } from "@std/assert";
import { openStore } from "../kv/open.ts";
import { systemClock } from "@chatcode/kit";
import { Csrf } from "./csrf.ts";

Deno.test("a token counts for its own session, on every instance of the same relay", async () => {
  using store = await openStore({ kind: "memory" });
  const [one, other] = await Promise.all([
    Csrf.open(store, systemClock),
    Csrf.open(store, systemClock),
  ]);
  const token = await one.token("session-a");
  assertEquals(await other.isValid("session-a", token), true);
  assertEquals(await other.isValid("session-b", token), false);
});

Deno.test("what is no token of this relay is not valid", async () => {
  using store = await openStore({ kind: "memory" });
  using elsewhere = await openStore({ kind: "memory" });
  const csrf = await Csrf.open(store, systemClock);
  const foreign = await (await Csrf.open(elsewhere, systemClock)).token("session-a");
  assertNotEquals(foreign, await csrf.token("session-a"));
  for (const token of ["", "x", "***", "\u0000", foreign]) {
    assertEquals(await csrf.isValid("session-a", token), false, token);
  }
});

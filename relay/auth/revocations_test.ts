import { assertEquals } from "@std/assert";
import { systemClock } from "@chatcode/kit";
import { FakeClock } from "../../kit/testing/fake_clock.ts";
import { openStore } from "../kv/open.ts";
import { Revocations } from "./revocations.ts";
import { hashSecret } from "./secret.ts";
import { called } from "./testing/open_test_auth.ts";

Deno.test("every instance on the same store hears of a death, however many come at once", async () => {
  using store = await openStore({ kind: "memory" });
  await using here = await Revocations.start(store, { clock: systemClock });
  await using there = await Revocations.start(store, { clock: systemClock });
  const credentials = await Promise.all(["a", "b", "c", "d"].map((name) => hashSecret(name)));
  const heard = credentials.map((credential) => {
    const call = called<void>();
    there.onRevoked(credential, () => call.listener());
    return call.value;
  });
  await Promise.all(credentials.map(async (credential) => {
    const commit = store.commit();
    here.add(commit, credential);
    await commit.commit();
  }));
  await Promise.all(heard);
});

Deno.test("a listener that comes late is told, one that left is not", async () => {
  using store = await openStore({ kind: "memory" });
  await using revocations = await Revocations.start(store, { clock: new FakeClock() });
  const credential = await hashSecret("a");
  const first = called<void>();
  let calls = 0;
  const gone = revocations.onRevoked(credential, () => calls++);
  gone[Symbol.dispose]();
  revocations.onRevoked(credential, () => first.listener());
  const commit = store.commit();
  revocations.add(commit, credential);
  await commit.commit();
  await first.value;
  const late = called<void>();
  revocations.onRevoked(credential, () => late.listener());
  await late.value;
  assertEquals(calls, 0);
});

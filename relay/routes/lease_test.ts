import { assertEquals } from "@std/assert";
import { hostId } from "@chatcode/protocol";
import { FakeClock } from "../../kit/testing/fake_clock.ts";
import { skipWhen } from "../../kit/testing/skip.ts";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { type RouteRow, rows } from "../kv/keys.ts";
import { openStore } from "../kv/open.ts";
import type { Store } from "../kv/store.ts";
import { mountTmpfs, tempDir, whyNoTmpfs } from "../kv/testing/tmpfs.ts";
import { Lease, LEASE_RENEW_MS, LEASE_RETRY_MS, LEASE_TTL_MS } from "./lease.ts";

const HOST = hostId.parse("h_here");
const ROW = rows.route(HOST);

/** `random: 0.5` takes the jitter out: renewals come every `LEASE_RENEW_MS`. */
async function acquire(store: Store, clock: FakeClock, instanceId: string) {
  let losses = 0;
  const lease = Lease.start(store, HOST, {
    holder: { instanceId, connectionId: `${instanceId}-1` },
    clock,
    onLost: () => losses++,
    random: () => 0.5,
  });
  await lease.acquired;
  return { lease, losses: () => losses };
}

const nextTimer = (clock: FakeClock) =>
  waitFor(() => clock.pending > 0, { what: "the renewal's end" });

Deno.test("a lease is renewed as long as it is held, and freed when released", async () => {
  using store = await openStore({ kind: "memory" });
  const clock = new FakeClock();
  const { lease } = await acquire(store, clock, "a");
  for (let i = 0; i < 5; i++) {
    await clock.advance(LEASE_RENEW_MS);
    await nextTimer(clock);
    assertEquals((await store.get(ROW))?.expiresAtMs, clock.now() + LEASE_TTL_MS);
    assertEquals(lease.state, "held");
  }
  await lease[Symbol.asyncDispose]();
  assertEquals(await store.get(ROW), null);
  assertEquals([lease.state, clock.pending], ["released", 0]);
  await lease[Symbol.asyncDispose]();
});

Deno.test("the newest connection gets the route, and the older one learns it at its renewal", async () => {
  using store = await openStore({ kind: "memory" });
  const clock = new FakeClock();
  const older = await acquire(store, clock, "a");
  await using newer = (await acquire(store, clock, "b")).lease;
  assertEquals((await store.get(ROW))?.instanceId, "b");
  await clock.advance(LEASE_RENEW_MS);
  await waitFor(() => older.losses() === 1, { what: "the loss" });
  assertEquals([older.lease.state, newer.state], ["lost", "held"]);
  await older.lease[Symbol.asyncDispose]();
  assertEquals((await store.get(ROW))?.instanceId, "b", "a loser frees nothing");
});

Deno.test("a row that vanished, ran out or is damaged is taken back", async () => {
  using store = await openStore({ kind: "memory" });
  const clock = new FakeClock();
  await using lease = (await acquire(store, clock, "a")).lease;
  const renewed = async () => {
    await clock.advance(LEASE_RENEW_MS);
    await nextTimer(clock);
    assertEquals((await store.get(ROW))?.instanceId, "a");
    assertEquals(lease.state, "held");
  };
  await store.delete(ROW);
  await renewed();
  const dead: RouteRow = {
    instanceId: "b",
    connectionId: "b-1",
    acquiredAtMs: clock.now(),
    expiresAtMs: clock.now() + 1,
  };
  await store.set(ROW, dead);
  await renewed();
  await store.set({ key: ROW.key, schema: rows.revocationHead.schema }, "not a route");
  await renewed();
});

Deno.test({
  ...skipWhen(
    "while the store takes no writes a lease goes overdue, then is held again",
    await whyNoTmpfs(),
  ),
  async fn() {
    await using temp = await tempDir();
    await using _mount = await mountTmpfs(temp.path, "size=600k");
    using store = await openStore({ kind: "dir", path: temp.path });
    const clock = new FakeClock();
    await using lease = (await acquire(store, clock, "a")).lease;

    const filler = `${temp.path}/filler`;
    await Deno.writeFile(filler, new Uint8Array(1_000_000)).catch(() => {});
    for (let ms = 0; ms < LEASE_TTL_MS; ms += LEASE_RETRY_MS) {
      await clock.advance(LEASE_RETRY_MS);
      await nextTimer(clock);
    }
    assertEquals(lease.state, "overdue");
    await Deno.remove(filler);
    await clock.advance(LEASE_RETRY_MS);
    await nextTimer(clock);
    assertEquals(lease.state, "held");
  },
});

Deno.test({
  ...skipWhen("a lease taken late gives way to a newer connection", await whyNoTmpfs()),
  async fn() {
    await using temp = await tempDir();
    await using _mount = await mountTmpfs(temp.path, "size=600k");
    using store = await openStore({ kind: "dir", path: temp.path });
    const clock = new FakeClock();
    const filler = `${temp.path}/filler`;
    await Deno.writeFile(filler, new Uint8Array(1_000_000)).catch(() => {});
    const older = await acquire(store, clock, "a");
    assertEquals(older.lease.state, "overdue");
    await Deno.remove(filler);
    await clock.advance(1);
    await using newer = (await acquire(store, clock, "b")).lease;
    await clock.advance(LEASE_RETRY_MS);
    await waitFor(() => older.losses() === 1, { what: "the loss" });
    assertEquals([older.lease.state, newer.state], ["lost", "held"]);
    await older.lease[Symbol.asyncDispose]();
  },
});

import { assertEquals } from "@std/assert";
import { type HostId, hostId } from "@chatcode/protocol";
import { withDeadline } from "@chatcode/kit";
import { FakeClock } from "../../kit/testing/fake_clock.ts";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { rows } from "../kv/keys.ts";
import { openStore } from "../kv/open.ts";
import type { Store } from "../kv/store.ts";
import { LEASE_RENEW_MS, LEASE_TTL_MS } from "./lease.ts";
import type { Presence } from "./presence.ts";
import { RouteTable } from "./route_table.ts";

const HOST = hostId.parse("h_here");
const NEVER = { onReplaced: () => {} };

interface Lab extends AsyncDisposable {
  store: Store;
  clock: FakeClock;
  /** Two instances of the relay on one store. */
  here: RouteTable<string>;
  there: RouteTable<string>;
}

async function openLab(): Promise<Lab> {
  const stack = new AsyncDisposableStack();
  const store = stack.use(await openStore({ kind: "memory" }));
  const clock = new FakeClock();
  const table = (instanceId: string) =>
    stack.use(new RouteTable<string>({ store, clock, instanceId, random: () => 0.5 }));
  const [here, there] = [table("here"), table("there")];
  return { store, clock, here, there, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const inStore = (store: Store, instanceId: string | undefined) =>
  waitFor(async () => (await store.get(rows.route(HOST)))?.instanceId === instanceId, {
    what: `the route to be at ${instanceId}`,
  });

Deno.test("a connection is local where it is, remote elsewhere, and nowhere once it left", async () => {
  await using lab = await openLab();
  const { here, there, store } = lab;
  assertEquals(await here.lookup(HOST), { state: "none" });
  const entered = here.enter(HOST, "socket", NEVER);
  assertEquals(here.local(HOST), "socket");
  assertEquals(await here.lookup(HOST), { state: "local", handle: "socket" });
  await inStore(store, "here");
  assertEquals(await there.lookup(HOST), { state: "remote", instanceId: "here" });
  entered[Symbol.dispose]();
  assertEquals(await here.lookup(HOST), { state: "none" });
  await inStore(store, undefined);
  assertEquals(await there.lookup(HOST), { state: "none" });
});

Deno.test("a newer connection on the same instance replaces the older one at once", async () => {
  await using lab = await openLab();
  const { here, there, store } = lab;
  const replaced: string[] = [];
  const entries = ["a", "b", "c"].map((handle) =>
    here.enter(HOST, handle, { onReplaced: () => replaced.push(handle) })
  );
  assertEquals(replaced, ["a", "b"]);
  entries[0]?.[Symbol.dispose]();
  assertEquals(here.local(HOST), "c", "who was replaced takes nothing along");
  await inStore(store, "here");
  await lab.clock.advance(3 * LEASE_RENEW_MS);
  assertEquals(replaced, ["a", "b"], "the last one is not taken for a rival of itself");
  assertEquals(await there.lookup(HOST), { state: "remote", instanceId: "here" });
});

Deno.test("a newer connection on another instance replaces the older one by its next renewal", async () => {
  await using lab = await openLab();
  const { here, there, store, clock } = lab;
  const replaced: string[] = [];
  here.enter(HOST, "old", { onReplaced: () => replaced.push("old") });
  await inStore(store, "here");
  there.enter(HOST, "new", { onReplaced: () => replaced.push("new") });
  await inStore(store, "there");
  await waitFor(() => clock.pending === 2, { what: "both renewals to be due" });
  await clock.advance(LEASE_RENEW_MS);
  await waitFor(() => replaced.length > 0, { what: "the loss" });
  assertEquals(replaced, ["old"]);
  assertEquals(await here.lookup(HOST), { state: "remote", instanceId: "there" });
});

Deno.test("what an instance that died held is gone after the TTL, whatever the store still has", async () => {
  await using lab = await openLab();
  const row = {
    instanceId: "dead",
    connectionId: "x",
    acquiredAtMs: lab.clock.now(),
    expiresAtMs: lab.clock.now() + LEASE_TTL_MS,
  };
  await lab.store.set(rows.route(HOST), row);
  assertEquals(await lab.here.lookup(HOST), { state: "remote", instanceId: "dead" });
  await lab.clock.advance(LEASE_TTL_MS);
  assertEquals(await lab.here.lookup(HOST), { state: "none" });
});

Deno.test("watch() tells where hosts are first, then what changes, and notices silent deaths", async () => {
  await using lab = await openLab();
  const { here, there, store, clock } = lab;
  const stop = new AbortController();
  const watch = here.watch([HOST], stop.signal);
  const next = async () => (await withDeadline(watch.next(), 5_000, "presence")).value;
  assertEquals(await next(), { host: HOST, online: false });
  there.enter(HOST, "far", NEVER);
  assertEquals(await next(), { host: HOST, online: true, instanceId: "there" });
  const near = here.enter(HOST, "near", NEVER);
  assertEquals(await next(), { host: HOST, online: true, instanceId: "here" });
  await inStore(store, "here");
  near[Symbol.dispose]();
  // The watch may not have come past the older row at that moment, and then tells of it first.
  await waitFor(async () => !(await next())?.online, { what: "the host to be offline" });

  const [acquiredAtMs, expiresAtMs] = [clock.now(), clock.now() + LEASE_TTL_MS];
  const dead = { instanceId: "dead", connectionId: "x", acquiredAtMs, expiresAtMs };
  await inStore(store, undefined);
  await store.set(rows.route(HOST), dead);
  assertEquals(await next(), { host: HOST, online: true, instanceId: "dead" });
  await clock.advance(LEASE_TTL_MS);
  assertEquals(await next(), { host: HOST, online: false });
  stop.abort();
  assertEquals(await next(), undefined);
});

Deno.test("watch() takes more hosts than one watch of the store does", async () => {
  await using lab = await openLab();
  const hosts = Array.from({ length: 23 }, (_, i): HostId => hostId.parse(`h_${i}`));
  const last = hosts[22]!;
  const stop = new AbortController();
  const seen = new Map<HostId, Presence>();
  lab.there.enter(last, "far", NEVER);
  for await (const presence of lab.here.watch(hosts, stop.signal)) {
    seen.set(presence.host, presence);
    if (seen.size === 23 && seen.get(last)?.online) stop.abort();
  }
  assertEquals(seen.get(hosts[0]!), { host: hosts[0]!, online: false });
});

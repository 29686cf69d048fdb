import { assertEquals, assertStrictEquals } from "@std/assert";
import type { HostId, Session, SessionId } from "@chatcode/protocol";
import { amend, overviewOf } from "./overview.ts";

const session = (host: string, id: string): Session => ({
  id: id as SessionId,
  host: host as HostId,
  title: id,
  command: [],
  cwd: "/",
  status: "idle",
  foreground: "sh",
  cols: 80,
  rows: 24,
  viewers: 0,
  createdAtMs: 1,
  activeAtMs: 1,
});
const start = overviewOf({
  hosts: [{ id: "box" as HostId, name: "box", online: true }],
  sessions: [session("box", "one")],
  stateVersion: 1,
  eventSeq: 0,
});
const load = {
  average: [1, 2, 3] as [number, number, number],
  cores: 2,
  memoryUsedBytes: 1,
  memoryTotalBytes: 2,
};

Deno.test("[EV1] sessions come, change and end", () => {
  const two = amend(start, {
    event: "session",
    payload: { host: "box", ended: false, session: session("box", "two") },
  });
  assertEquals([...two.sessions.keys()], ["box/one", "box/two"]);
  const one = amend(two, { event: "session", payload: { host: "box", ended: true, id: "one" } });
  assertEquals([...one.sessions.keys()], ["box/two"]);
  assertEquals(start.sessions.size, 1);
});

Deno.test("[EV1] a removed machine takes its sessions along", () => {
  const gone = amend(start, {
    event: "presence",
    payload: { host: { id: "box", name: "box", online: false }, removed: true },
  });
  assertEquals([gone.hosts.size, gone.sessions.size], [0, 0]);
});

Deno.test("[EV1] health changes load and round trip of a known machine only", () => {
  const box = "box" as HostId;
  const healthy = amend(start, { event: "health", payload: { host: box, load, rttMs: 4 } });
  assertEquals(healthy.hosts.get(box)?.rttMs, 4);
  const unknown = amend(start, { event: "health", payload: { host: "other", load } });
  assertStrictEquals(unknown, start);
});

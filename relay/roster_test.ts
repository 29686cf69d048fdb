import { assertEquals } from "@std/assert";
import { type HostFacts, hostId, type HostLoad, type Session, sessionId } from "@chatcode/protocol";
import { FakeClock } from "../kit/testing/fake_clock.ts";
import { MAX_SESSIONS_PER_HOST, Roster, type RosterChange } from "./roster.ts";

const id = hostId.parse("h_1");
const load: HostLoad = {
  average: [0, 0, 0],
  cores: 1,
  memoryUsedBytes: 1,
  memoryTotalBytes: 2,
};
const facts: HostFacts = {
  bootId: "b-12345678",
  hostname: "box",
  os: "linux",
  arch: "x86_64",
  gatewayVersion: "0.1.0",
  tmuxVersion: "3.3a",
  workspace: "/w",
  startedAtMs: 0,
};

function session(name: string, host = id): Session {
  return {
    id: sessionId.parse(name),
    host,
    title: name,
    command: [],
    cwd: "/w",
    status: "idle",
    foreground: "bash",
    cols: 80,
    rows: 24,
    viewers: 0,
    createdAtMs: 0,
    activeAtMs: 0,
  };
}

function openRoster() {
  const roster = new Roster(new FakeClock());
  roster.register(id, "box");
  const changes: RosterChange[] = [];
  roster.listen((change) => changes.push(change));
  return { roster, changes };
}

Deno.test("[EV3] stateVersion grows with every change, and each change is told once", () => {
  const { roster, changes } = openRoster();
  roster.online(id, facts, load, [session("a")]);
  roster.health(id, load, 2.5);
  roster.register(id, "box"); // nothing new
  roster.register(id, "renamed");
  assertEquals(changes.map((change) => change.event), [
    "presence",
    "session",
    "health",
    "presence",
  ]);
  const first = changes[0]!.stateVersion;
  assertEquals(changes.map((change) => change.stateVersion - first), [0, 1, 2, 3]);
  assertEquals(roster.host(id), {
    id,
    name: "renamed",
    online: true,
    facts,
    load,
    rttMs: 2.5,
    seenAtMs: roster.host(id)!.seenAtMs!,
  });
});

Deno.test("[RL4] sessions of a machine that went are lost, and end if it comes back without them", () => {
  const { roster } = openRoster();
  roster.online(id, facts, load, [session("a"), session("b")]);
  roster.offline(id);
  assertEquals(roster.sessions().map((s) => s.status), ["lost", "lost"]);
  roster.online(id, facts, load, [session("b")]);
  assertEquals(roster.sessions().map((s) => [s.id as string, s.status]), [["b", "idle"]]);
});

Deno.test("[MH1] a host can neither speak for another nor fill the relay", () => {
  const { roster } = openRoster();
  const many = Array.from({ length: MAX_SESSIONS_PER_HOST + 5 }, (_, n) => session(`s${n}`));
  roster.online(id, facts, load, [session("x", hostId.parse("h_2")), ...many]);
  assertEquals(roster.sessions().length, MAX_SESSIONS_PER_HOST);
  roster.session(id, { host: id, ended: false, session: session("one-more") });
  assertEquals(roster.sessions().length, MAX_SESSIONS_PER_HOST);
});

Deno.test("[EV1] a removed machine is told as removed, and forgotten", () => {
  const { roster, changes } = openRoster();
  roster.remove(id);
  assertEquals(changes.map((change) => change.payload), [
    { host: { id, name: "box", online: false }, removed: true },
  ]);
  assertEquals(roster.hosts(), []);
});

import { assertEquals } from "@std/assert";
import { hostId } from "@chatcode/protocol";
import { FakeClock } from "../kit/testing/fake_clock.ts";
import { hostHello, testSession } from "./testing/open_sockets.ts";
import { MAX_SESSIONS_PER_HOST, Roster, type RosterChange } from "./roster.ts";

const id = hostId.parse("h_1");
const { facts, load } = hostHello().host!;

const session = (name: string, host = id) => testSession(host, name);

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

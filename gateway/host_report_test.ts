import { assert, assertEquals } from "@std/assert";
import { silentLog } from "@chatcode/kit";
import {
  hello,
  type HostId,
  type HostLoad,
  type Session,
  TICK_INTERVAL_MS,
} from "@chatcode/protocol";
import { FakeClock } from "../kit/testing/fake_clock.ts";
import { readHostFacts } from "./host/facts.ts";
import { HostReport } from "./host_report.ts";
import { SessionWatch } from "./session_watch.ts";

const HOST = "laptop" as HostId;
const LOAD: HostLoad = { average: [1, 2, 3], cores: 4, memoryUsedBytes: 5, memoryTotalBytes: 6 };

class Lab {
  readonly clock = new FakeClock();
  readonly sent: [string, unknown][] = [];
  list: Session[] = [];
  readonly uplink = {
    connected: true,
    sendEvent: (event: string, payload: unknown) => void this.sent.push([event, payload]),
  };
  readonly watch = new SessionWatch({
    host: HOST,
    log: silentLog,
    clock: this.clock,
    list: () => Promise.resolve(this.list),
    onChange: () => this.report.sessionsChanged(),
  });
  readonly report = new HostReport({
    host: HOST,
    facts: readHostFacts({ tmuxVersion: "3.3a", workspace: "/w" }),
    watch: this.watch,
    uplink: this.uplink,
    clock: this.clock,
    readLoad: () => LOAD,
  });
}

function sessionOf(id: string, command: string[] = []): Session {
  const times = { createdAtMs: 1, activeAtMs: 1 };
  const size = { cols: 80, rows: 24, viewers: 0 };
  const state = { status: "idle", foreground: "sh" };
  return { id, host: HOST, title: id, command, cwd: "/", ...state, ...size, ...times } as Session;
}

Deno.test("[HE2] the hello tells facts, load and sessions; what changes later follows", async () => {
  const lab = new Lab();
  lab.list = [sessionOf("a")];
  await lab.watch.look();
  lab.sent.length = 0;
  const said = hello.parse(lab.report.hello());
  assertEquals(said.host?.sessions, [sessionOf("a")]);
  assertEquals([said.client.role, said.host?.load], ["host", LOAD]);
  lab.uplink.connected = false; // not taken in yet
  lab.list = [sessionOf("b")];
  await lab.watch.look();
  assertEquals(lab.sent, []);
  lab.uplink.connected = true;
  lab.report.accepted();
  assertEquals(lab.sent, [
    ["session", { host: HOST, ended: true, id: "a" }],
    ["session", { host: HOST, ended: false, session: sessionOf("b") }],
  ]);
});

Deno.test("[EV1] load is told once a tick, while connected", async () => {
  const lab = new Lab();
  lab.report.accepted();
  await lab.clock.advance(3 * TICK_INTERVAL_MS);
  assertEquals(lab.sent, Array(3).fill(["health", { host: HOST, load: LOAD }]));
  lab.report.lost();
  lab.report[Symbol.dispose]();
  await lab.clock.advance(TICK_INTERVAL_MS);
  assertEquals([lab.sent.length, lab.clock.pending], [3, 0]);
});

Deno.test("[HE5] sessions that do not fit into a hello follow as events", async () => {
  const lab = new Lab();
  const long = Array.from({ length: 64 }, () => "x".repeat(4096));
  lab.list = Array.from({ length: 8 }, (_, at) => sessionOf(`s${at}`, long));
  await lab.watch.look();
  lab.sent.length = 0;
  const said = lab.report.hello();
  assert(JSON.stringify(said).length < 600_000);
  const inHello = said.host?.sessions.length ?? 0;
  lab.report.accepted();
  assertEquals(inHello + lab.sent.length, 8);
  assert(inHello > 0);
  lab.report[Symbol.dispose]();
  lab.watch[Symbol.dispose]();
});

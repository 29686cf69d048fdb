import { assert, assertLess } from "@std/assert";
import { hostId } from "@chatcode/protocol";
import { ECHO_COMMAND, echoTimes } from "../../bench/echo.ts";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { Child } from "../harness/child.ts";
import { HeadlessViewer } from "../harness/headless_viewer.ts";
import { percentile } from "../harness/percentile.ts";
import { megabytes, rssBytes } from "../harness/proc.ts";
import { entry } from "../harness/root.ts";
import { Site } from "../harness/site.ts";
import { WireTerminal } from "../harness/wire_terminal.ts";

/** How long the stalled viewers read nothing. */
const STALL_MS = 60_000;
const MAX_GROWTH_MB = 20;
/** The stalled viewer must not be felt; the bound leaves room for a shared machine's noise. */
const MAX_ECHO_RATIO = 1.5;
const TRUE_SCREEN_LIMIT_MS = 1_000;

/** Floods until a key comes, then shows what makes the last screen known. */
const FLOOD = `stty -icanon -echo min 0 time 0
i=0
while [ -z "$(dd bs=1 count=1 2>/dev/null)" ]; do
  i=$((i + 1)); seq -f "$i flood %07g flood flood flood flood flood" 1 2000
done
stty min 1; printf '\\033[2J\\033[Hthe flood is over after %s rounds\\n' "$i"; exec cat`;

Deno.test("[CR3] [FL1] viewers that stop reading cost the others nothing and no memory", async () => {
  await using site = await Site.start();
  await using client = await site.client();
  const { session: flood } = await client.request("sessions.start", {
    host: hostId.parse(site.host),
    command: ["sh", "-c", FLOOD],
  });
  const { session: quiet } = await client.request("sessions.start", {
    host: hostId.parse(site.host),
    command: [...ECHO_COMMAND],
  });
  const view = { url: site.relay.url, token: site.apiToken, host: site.host, session: flood.id };
  // One reads on, one never gives credit, one sleeps as a whole process.
  await using reading = await WireTerminal.attach(client, { host: site.host, session: flood.id });
  using stingy = await HeadlessViewer.open(view);
  await using asleep = await startViewer(view);
  await using echo = await WireTerminal.attach(client, { host: site.host, session: quiet.id });

  // At its limit tmux drops a tenth of the history: the size falls for the first time.
  let highest = 0;
  await waitFor(async () => {
    const size = await site.tmux.historySize(flood.id);
    highest = Math.max(highest, size);
    return size < highest;
  }, { what: "a full history, so that tmux does not grow by that any more", deadlineMs: 120_000 });
  await echoFor(echo, 3_000);
  const before = percentile(await echoFor(echo, 10_000), 50);
  const processes = {
    gateway: site.gateway.pid,
    relay: site.relay.pid,
    tmux: await site.tmux.serverPid(),
  };
  const rssBefore = Object.values(processes).map(rssBytes);

  stingy.screen.hold();
  asleep.child.signal("SIGSTOP");
  const readBefore = reading.outputBytes;
  const during = percentile(await echoFor(echo, STALL_MS), 50);
  const grownMb = Object.values(processes).map((pid, i) =>
    megabytes(rssBytes(pid) - (rssBefore[i] ?? 0))
  );
  const total = grownMb.reduce((sum, mb) => sum + Math.max(0, mb), 0);
  const ratio = during / before;
  console.log(`echo p50 ${before.toFixed(2)} ms, with stalled viewers ${during.toFixed(2)} ms:`);
  console.log(`ratio ${ratio.toFixed(2)}`);
  Object.keys(processes).forEach((name, i) => console.log(`${name} grew by ${grownMb[i]} MB`));
  console.log(`together ${total.toFixed(1)} MB`);
  assert(reading.outputBytes > readBefore, "the reading viewer got nothing");

  // The flood ends while the stalled ones still do not read.
  reading.write("x");
  await reading.read("the flood is over");
  const truth = await site.tmux.screen(flood.id);
  const wokenMs = performance.now();
  stingy.screen.release();
  asleep.child.signal("SIGCONT");
  const tookMs = await Promise.all([
    untilScreen(() => Promise.resolve(stingy.screen.lines())),
    untilScreen(async () => (await asleep.look()).lines),
  ]);
  console.log(`true screen after ${tookMs.map((ms) => ms.toFixed(0)).join(" and ")} ms`);
  assertLess(Math.max(...tookMs), TRUE_SCREEN_LIMIT_MS);
  assertLess(total, MAX_GROWTH_MB);
  assertLess(ratio, MAX_ECHO_RATIO);

  async function untilScreen(look: () => Promise<string[]>): Promise<number> {
    await waitFor(async () => (await look()).join("\n") === truth.join("\n"), {
      what: "the true screen",
      deadlineMs: 30_000,
    });
    return performance.now() - wokenMs;
  }
});

async function echoFor(terminal: WireTerminal, forMs: number): Promise<number[]> {
  const times: number[] = [];
  const untilMs = performance.now() + forMs;
  while (performance.now() < untilMs) times.push(...await echoTimes(terminal, 50));
  return times;
}

async function startViewer(view: { url: string; token: string; host: string; session: string }) {
  const child = new Child("viewer", {
    args: ["run", "-A", entry("e2e/slow/viewer_process.ts"), JSON.stringify(view)],
  });
  const { port } = await child.event("viewer.ready");
  return {
    child,
    look: async (): Promise<{ lines: string[] }> =>
      await (await fetch(`http://127.0.0.1:${port}/`)).json(),
    [Symbol.asyncDispose]: () => child.kill(),
  };
}

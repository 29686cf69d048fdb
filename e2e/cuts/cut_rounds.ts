import { assertEquals } from "@std/assert";
import { Journey } from "../harness/journey.ts";
import { percentile } from "../harness/percentile.ts";
import { seededRandom } from "../harness/random.ts";
import { sameScreen } from "../harness/same_screen.ts";
import { Typist } from "./typist.ts";

/** Repeats the moments of a run. */
export const SEED_VARIABLE = "CHATCODE_CUTS_SEED";

const ROUNDS = 20;
const MAX_TYPING_MS = 800;
const MAX_DOWN_MS = 500;

/** Reads keys raw and keeps exactly what came; the kernel echoes them. */
const RECORDER = ["sh", "-c", "stty raw echo -onlcr; exec cat > keys"];

/** What was cut, and how it came back. */
export interface Cut {
  /** Breaks something. */
  cut(journey: Journey, round: number): Promise<void> | void;
  /** Starts it again, if it was stopped. Resolves when it serves. */
  restore?(journey: Journey): Promise<void>;
}

/**
 * Cuts at random moments while a tab types without a pause. After each: the tab is back by itself,
 * the session never noticed, each key was typed exactly once, and the screen is tmux's.
 */
export async function runCuts(name: string, { cut, restore }: Cut): Promise<void> {
  const seed = Number(Deno.env.get(SEED_VARIABLE) ?? crypto.getRandomValues(new Int32Array(1))[0]);
  const random = seededRandom(seed);
  console.log(`${name}: ${SEED_VARIABLE}=${seed}`);
  await using journey = await Journey.begin({ browserProxy: true, gatewayProxy: true });
  const { site } = journey;
  const tab = await journey.signedInTab({ width: 1200, height: 800 });
  const session = await startRecorder(journey);
  const panePid = await site.tmux.panePid(session);
  const fromCut: number[] = [];
  const fromUp: number[] = [];
  const terminal = await journey.terminal(tab, session);
  const typist = new Typist(terminal);

  for (let round = 1; round <= ROUNDS; round++) {
    // Both ends as they are after a good minute: the back-off starts over.
    if (round > 1) {
      await site.gateway.child.stop();
      await site.gateway.startAgain();
      await terminal.page.reload();
      await terminal.live();
    }
    await typist.start();
    await pause(50 + random() * MAX_TYPING_MS);
    const cutMs = performance.now();
    await cut(journey, round);
    const typedAtCut = typist.typed + 1;
    let upMs = cutMs;
    if (restore !== undefined) {
      await pause(random() * MAX_DOWN_MS);
      await restore(journey);
      upMs = performance.now();
    }
    await typist.sees(typedAtCut);
    const backMs = performance.now();
    fromCut.push(backMs - cutMs);
    fromUp.push(Math.max(0, backMs - upMs));
    await typist.stop();
    await typist.sees(typist.typed - 1);

    const where = `round ${round} (${SEED_VARIABLE}=${seed})`;
    assertEquals(await Deno.readTextFile(`${site.workspace}/keys`), typist.text, where);
    assertEquals(await site.tmux.panePid(session), panePid, where);
    await sameScreen(site, terminal, session);
  }
  const told = (label: string, times: number[]) =>
    console.log(
      `${name}: ${label} to the first echoed key: ` +
        `p50 ${percentile(times, 50).toFixed(0)} ms, p99 ${percentile(times, 99).toFixed(0)} ms`,
    );
  told("from the cut", fromCut);
  if (restore !== undefined) told("from being up again", fromUp);
  console.log(`${name}: ${ROUNDS} rounds, ${typist.typed} numbers typed, none lost or doubled`);
}

async function startRecorder({ site }: Journey): Promise<string> {
  await using client = await site.client(site.relay.url);
  const params = { host: site.host, command: RECORDER };
  const started = await client.requestAny("sessions.start", params) as { session: { id: string } };
  return started.session.id;
}

/** Until a random moment, which is what these tests are about. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

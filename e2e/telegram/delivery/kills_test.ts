import { assertEquals } from "@std/assert";
import type { TelegramMissingRow } from "../../../relay/kv/keys.ts";
import { waitFor } from "../../../kit/testing/wait_for.ts";
import { seededRandom } from "../../harness/random.ts";
import { startBotApi } from "../bot_api/mod.ts";
import { sessionOf } from "./delivery_end.ts";
import { lineStream } from "./line_stream.ts";
import { type MadeUp, madeUp, wordsIn } from "./machine.ts";
import { fastClock } from "../fast_clock.ts";

const SPEED = 30;
const SESSIONS = 30;
const ANSWERS = 10;
const KILLS = 6;
const SEED = 11;
const deadlineMs = 240_000;

interface Said {
  readonly ready?: boolean;
  readonly safe?: string;
  readonly missing?: TelegramMissingRow[];
  readonly waiting?: number;
}

/** A delivery process that is spoken to by lines. */
class Delivery {
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;

  constructor(given: Record<string, unknown>, onSaid: (said: Said) => void) {
    const script = new URL("delivery_process.ts", import.meta.url).pathname;
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--unstable-kv", "--no-check", script, JSON.stringify(given)],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#process = process;
    this.#writer = process.stdin.getWriter();
    this.#reading = (async () => {
      const lines = process.stdout.pipeThrough(new TextDecoderStream())
        .pipeThrough(lineStream());
      for await (const line of lines) onSaid(JSON.parse(line));
    })();
  }

  say(line: unknown): void {
    this.#writer.write(new TextEncoder().encode(`${JSON.stringify(line)}\n`)).catch(() => {});
  }

  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.status;
    await this.#reading.catch(() => {});
    await this.#writer.abort().catch(() => {});
  }
}

Deno.test("[TG3] killed again and again with answers lost: each final message once and in order", async () => {
  const startedAtMs = Date.now();
  const clock = fastClock(SPEED, startedAtMs);
  await using bot = startBotApi({ clock, speed: SPEED });
  const ada = bot.people.user();
  const chat = bot.people.privateChat(ada);
  const data = await Deno.makeTempDir({ prefix: "cc-e2e-" });
  const random = seededRandom(SEED);
  bot.faults.setRates({
    lostAfter: 0.05,
    lostBefore: 0.05,
    tooMany: 0.03,
    retryAfter: 5,
    seed: SEED,
  });
  const given = {
    data,
    token: bot.token,
    apiRoot: bot.apiRoot,
    user: ada.id,
    sessions: SESSIONS,
    speed: SPEED,
    startedAtMs,
  };
  /** What the machine has not been told to be safe, in order. */
  const untold: MadeUp[] = [];
  const all: MadeUp[] = [];
  let heard: Said = {};
  let isReady = false;
  const hear = (said: Said) => {
    heard = said;
    isReady ||= said.ready === true;
    const at = untold.findIndex(({ turn }) => turn.id === said.safe);
    if (at >= 0) untold.splice(at, 1);
  };
  const tell = (made: MadeUp) => delivery.say({ session: made.session, turn: made.turn });
  const start = async () => {
    isReady = false;
    const started = new Delivery(given, hear);
    await waitFor(() => isReady, { what: "the process", deadlineMs });
    return started;
  };
  let delivery = await start();
  try {
    const killAfter = Array.from(
      { length: KILLS },
      (_, at) => Math.floor((at + 0.2 + 0.6 * random()) * SESSIONS * ANSWERS / KILLS),
    );
    for (let number = 0; number < ANSWERS; number++) {
      for (let session = 0; session < SESSIONS; session++) {
        const made = madeUp(sessionOf(session), number, clock.now(), random() < 0.1 ? 9_000 : 0);
        untold.push(made);
        all.push(made);
        tell(made);
        if (!killAfter.includes(all.length)) continue;
        await new Promise((resolve) => setTimeout(resolve, 200 + 1_500 * random()));
        await delivery.kill();
        delivery = await start();
        for (const left of untold) tell(left); // as a gateway does after a reconnect
      }
    }
    await waitFor(() => {
      delivery.say({ missing: true });
      return untold.length === 0 && heard.waiting === 0;
    }, { what: "the last message", deadlineMs });
    const missing = heard.missing ?? [];
    const lost = new Set(missing.map(({ group }) => group));
    const texts = chat.messages.filter(({ from }) => !from);
    for (let session = 0; session < SESSIONS; session++) {
      const id = sessionOf(session);
      const topics = new Set(
        texts.filter(({ text }) => wordsIn([text], id).length > 0).map(({ topic }) => topic),
      );
      assertEquals(topics.size, 1, "one topic has all of a session's messages");
      const shown = wordsIn(texts.map(({ text }) => text), id);
      const certain = (words: string[]) => words.filter((word) => !lost.has(`t-${word}`));
      const expected = all.filter((made) => made.session === id).map(({ word }) => word);
      assertEquals(certain(shown), certain(expected));
      assertEquals(shown, [...new Set(shown)].sort(), "none twice, and in order");
    }
    assertEquals([bot.invalid, bot.rates.breaches], [[], []]);
    assertEquals(missing.length <= all.length / 20, true, `${missing.length} of unknown outcome`);
    console.log(
      `${all.length} final messages of ${SESSIONS} sessions, ${KILLS} kills, ` +
        `${JSON.stringify(bot.faults.counts)}, ${bot.calls.length} calls: each visible once and ` +
        `in order; ${missing.length} of unknown outcome`,
    );
  } finally {
    await delivery.kill();
    await Deno.remove(data, { recursive: true });
  }
});

import { assert, assertEquals } from "@std/assert";
import { sleep } from "@chatcode/kit";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { percentile } from "../harness/percentile.ts";
import { seededRandom } from "../harness/random.ts";
import { startBotApi } from "./bot_api/mod.ts";
import { fastClock } from "./fast_clock.ts";
import { isTopicOf, StormLedger } from "./storm_ledger.ts";
import { StormMachine } from "./storm_machine.ts";
import { promptsOf, type SaidPrompt } from "./storm_prompts.ts";
import { Speaker } from "./storm_speaker.ts";
import { leftBehind, prepareData, StormRelay } from "./storm_site.ts";

/** Change them to look closer: `STORM_TURNS=200 STORM_KILLS=2 STORM_SPEED=10`. */
const TURNS = Number(Deno.env.get("STORM_TURNS") ?? 2_000);
const KILLS = Number(Deno.env.get("STORM_KILLS") ?? 10);
const SPEED = Number(Deno.env.get("STORM_SPEED") ?? 20);
const SEED = Number(Deno.env.get("STORM_SEED") ?? 7);

const MACHINES = ["laptop", "tower", "server"] as const;
const SESSIONS_EACH = 10;
const SESSIONS = MACHINES.length * SESSIONS_EACH;

/** Of what is said in a chat, a second at most gets through: so much is said. */
const FINALS_PER_SECOND = 0.5;
/** Finals that one call may hold: a kill in the middle of it leaves all of them unknown. */
const JOINED_MAX = 8;

/** Of the prompts, as many may be refused for a machine that is not back in time after a kill. */
const MAX_REFUSED_SHARE = 0.25;

/** Of Telegram's time without a new message, and the storm is over. */
const QUIET_MS = 90_000;

Deno.test(`[TG3] storm: ${SESSIONS} sessions, ${TURNS} turns, lost answers, 429s, ${KILLS} kills`, async () => {
  await using stack = new AsyncDisposableStack();
  const startMs = performance.now();
  const originMs = Date.now();
  const clock = fastClock(SPEED, originMs);
  const random = seededRandom(SEED);
  const folder = await Deno.makeTempDir({ prefix: "cc-storm-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const data = `${folder}/data`;

  const bot = stack.use(startBotApi({ clock, speed: SPEED, seed: SEED }));
  const ada = bot.people.user("Ada", "ada");
  const chat = bot.people.privateChat(ada);
  const credentials = await prepareData(data, ada, MACHINES);
  const tokenFile = `${folder}/bot-token`;
  await Deno.writeTextFile(tokenFile, `${bot.token}\n`, { mode: 0o600 });
  const flags = ["--telegram-token-file", tokenFile, "--telegram-api-root", bot.apiRoot];
  const relay = stack.use(
    await StormRelay.start({ data, port: 0, speed: SPEED, originMs, flags }),
  );
  await relay.child.event("telegram.ready");
  bot.faults.setRates({
    lostAfter: 0.05,
    lostBefore: 0.01,
    tooMany: 0.02,
    retryAfter: 4,
    slow: 0.05,
    slowMs: 2_000,
    seed: SEED,
  });
  bot.updates.againShare = 0.1;

  const ledger = new StormLedger();
  const speakers = new Map<string, Speaker>();
  const machines = credentials.map((each, at) =>
    stack.use(
      new StormMachine({
        clock,
        credentials: each,
        url: relay.url,
        sessions: Array.from({ length: SESSIONS_EACH }, (_, index) => {
          const id = `s${at * SESSIONS_EACH + index}`;
          return { id, title: `Session ${id}` };
        }),
        onPrompt: (session) => speakers.get(session)!.prompted(),
      }),
    )
  );
  await waitFor(() => machines.every(({ connections }) => connections > 0), {
    what: "the machines to be connected",
    deadlineMs: 30_000,
  });

  const finals = (session: number) => Math.floor((TURNS + session) / SESSIONS);
  const said: SaidPrompt[] = [];
  for (const [at, machine] of machines.entries()) {
    for (let index = 0; index < SESSIONS_EACH; index++) {
      const number = at * SESSIONS_EACH + index;
      const speaker = new Speaker(`s${number}`, finals(number), {
        machine,
        ledger,
        clock,
        random,
        meanMs: SESSIONS / FINALS_PER_SECOND * 1_000,
        say: (session) => {
          // A topic whose making got no answer may stand there empty.
          const topic = [...chat.topics.values()].find(({ id, name }) =>
            isTopicOf(session, name) &&
            chat.messages.some((message) => message.topic === id)
          );
          if (!topic) return false;
          const text = `prompt ${said.length + 1} for ${session}`;
          said.push({ session, message: bot.people.say(ada, chat, text, { topic: topic.id }) });
          return true;
        },
      });
      speakers.set(`s${number}`, speaker);
    }
  }
  const speaking = Promise.all([...speakers.values()].map((speaker) => speaker.run()));
  let isSaid = false;
  speaking.then(() => isSaid = true, () => {});

  const aboutMs = TURNS / FINALS_PER_SECOND * 1_000;
  for (let kill = 0; kill < KILLS; kill++) {
    await sleep(clock, aboutMs / (KILLS + 1) * (0.5 + random()));
    await relay.killAndStart();
  }
  await speaking;
  assert(isSaid);

  const deadlineMs = performance.now() + 600_000;
  const silentUntilMs = performance.now() + 60_000;
  for (let seen = -1, sinceMs = clock.now(); clock.now() - sinceMs < QUIET_MS;) {
    assert(performance.now() < deadlineMs, `only ${seen} of ${TURNS} were seen in time`);
    await sleep(clock, 2_000);
    const now = ledger.seen(chat) + chat.messages.length;
    const isBusy = machines.some(({ unacked }) => unacked > 0) || bot.updates.pending > 0 ||
      (performance.now() < silentUntilMs && promptsOf(said, machines, chat).silent.length > 0);
    if (now !== seen || isBusy) [seen, sinceMs] = [now, clock.now()];
  }
  const tookMs = performance.now() - startMs;
  await relay.stop();
  const { waiting, missing } = await leftBehind(data);
  const unknown = new Set(missing.map(({ group }) => group));
  const result = ledger.check(chat, unknown, bot.lost);

  const calls = Map.groupBy(bot.calls, ({ method }) => method);
  const prompts = promptsOf(said, machines, chat);
  const webhookMs = bot.updates.deliveries.filter(({ status }) => status === 200)
    .map((each) => each.tookMs / SPEED);
  const figures = {
    "sessions / finals said": `${SESSIONS} / ${result.said}`,
    "turns told by machines, of them again": sum(machines, "told") + " + " +
      sum(machines, "retold"),
    "finals seen exactly once": result.once,
    "of unknown outcome: seen once / not seen":
      `${result.unknownSeen.length} / ${result.unknownUnseen.length}`,
    "of these by a kill in the middle of a call": result.unknownByKill.length,
    "messages that hold finals": result.messages,
    "calls": [...calls].map(([method, list]) => `${method} ${list.length}`).join(", "),
    "faults": JSON.stringify(bot.faults.counts),
    "relay killed": relay.kills,
    "webhook calls, of them not taken": `${bot.updates.deliveries.length}, ${
      bot.updates.deliveries.filter(({ status }) => status !== 200).length
    }`,
    "webhook answered within (p50 / p99, ms)": `${percentile(webhookMs, 50).toFixed(0)} / ${
      percentile(webhookMs, 99).toFixed(0)
    }`,
    "prompts said / come to machines / refused with a reason / of unknown outcome, and told so": [
      said.length,
      prompts.come,
      prompts.refused,
      prompts.unknown,
    ].join(" / "),
    "rate breaches": bot.rates.breaches.length,
    "invalid calls": bot.invalid.length,
    "took": `${(tookMs / 1_000).toFixed(0)} s, ${
      (tookMs * SPEED / 60_000).toFixed(0)
    } minutes of Telegram's time (${SPEED}x)`,
    "relay's complaints": JSON.stringify(Object.fromEntries(relay.complaints)),
  };
  for (const [name, value] of Object.entries(figures)) console.log(`${name}: ${value}`);
  console.log(`unknown, seen: ${result.unknownSeen.join(" ")}`);
  console.log(`unknown, not seen: ${result.unknownUnseen.join(" ")}`);

  assertEquals(result.wrong, []);
  // What was in a document cannot be told by its call.
  const documents = bot.lost.filter(({ method }) => method === "sendDocument").length;
  assert(
    result.unknownByKill.length <= relay.kills * JOINED_MAX + documents,
    `nothing else makes an outcome unknown: ${result.unknownByKill}`,
  );
  assertEquals(result.said, TURNS);
  assertEquals(waiting, 0, "nothing waits in the outbox");
  assertEquals(bot.invalid, []);
  assertEquals(bot.rates.breaches, []);
  assertEquals(
    prompts.silent,
    [],
    "every prompt comes to its machine, or is answered with why not",
  );
  assertEquals(prompts.wrong, []);
  assert(prompts.twice <= relay.kills, "only a kill has an answer said twice");
  // A machine is waited for 15 s, which at this speed is less than a busy computer needs at times.
  assert(prompts.refused <= said.length * MAX_REFUSED_SHARE, "machines come back in time");
});

function sum(machines: readonly StormMachine[], figure: "told" | "retold"): number {
  return machines.reduce((total, machine) => total + machine[figure], 0);
}

import { type Log, silentLog } from "@chatcode/kit";
import {
  type AgentId,
  type Approval,
  type ApprovalOutcome,
  type HostId,
  hostId,
  type SessionId,
  sessionId,
  type Turn,
} from "@chatcode/protocol";
import { Attention } from "../../attention.ts";
import { claimOwner, openTestAuth } from "../../auth/testing/open_test_auth.ts";
import { ConversationFeed } from "../../conversation_feed.ts";
import { rows, type TelegramSettings } from "../../kv/keys.ts";
import { Roster } from "../../roster.ts";
import { hostHello, testSession } from "../../testing/open_sockets.ts";
import { openTelegramServer } from "../../testing/telegram_server.ts";
import { Chats } from "../chats.ts";
import { TelegramOut } from "../out/telegram_out.ts";
import { DEFAULT_TELEGRAM_SETTINGS, TelegramSettingsBook } from "../settings.ts";

export const USER = 7;
export const GROUP = -70;
export const laptop = hostId.parse("h_1");
export const one = sessionId.parse("s_1");
export const two = sessionId.parse("s_2");

/** Of the clock at once: below anything that a test tells apart. */
const STEP_MS = 200;

const { facts, load } = hostHello().host!;

/** A Telegram user with an account, a machine with two sessions, and a Bot API that answers. */
export async function openOut(
  options: { topics?: boolean; publicUrl?: string; log?: Log } = {},
) {
  const { topics = true, publicUrl = "https://code.example.org/", log = silentLog } = options;
  await using stack = new AsyncDisposableStack();
  const test = stack.use(await openTestAuth());
  const { auth, clock, store } = test;
  const server = stack.use(openTelegramServer({ now: () => clock.now() }));
  const owner = await claimOwner(test);
  const chats = new Chats(store, clock);
  await chats.link({ account: owner.id, user: USER, name: "Olga", topics });
  const settings = new TelegramSettingsBook(store, auth.audit);
  let [roster, conversations, attention] = [
    new Roster(clock),
    new ConversationFeed(),
    new Attention(),
  ];
  let out: TelegramOut;
  let instance = 0;
  const start = async () => {
    roster = new Roster(clock);
    roster.register(laptop, "laptop");
    conversations = new ConversationFeed();
    attention = new Attention();
    out = await TelegramOut.start({
      api: server.api,
      store,
      chats,
      settings,
      accounts: auth.accounts,
      roster,
      conversations,
      attention,
      publicUrl: new URL(publicUrl),
      instance: `i-${++instance}`,
      isAlone: true,
      clock,
      log,
    });
  };
  await start();
  stack.defer(() => out[Symbol.asyncDispose]());
  const running = stack.move();
  let turns = 0;
  const report = (id: SessionId, changes: { title?: string; approvals?: Approval[] } = {}) => ({
    ...testSession(laptop, id),
    title: id === one ? "Fix the tests" : "Write the docs",
    agent: "claude" as const,
    ...changes,
  });
  const self = {
    auth,
    clock,
    store,
    server,
    owner,
    chats,
    settings,
    get out() {
      return out;
    },
    get attention() {
      return attention;
    },
    get roster() {
      return roster;
    },
    online: () => roster.online(laptop, facts, load, [report(one), report(two)]),
    offline: () => roster.offline(laptop),
    session: (id: SessionId, changes: { title?: string; approvals?: Approval[] }) =>
      roster.session(laptop, { host: laptop, ended: false, session: report(id, changes) }),
    sessionEnded: (id: SessionId) => roster.session(laptop, { host: laptop, ended: true, id }),
    async want(wanted: Partial<TelegramSettings>) {
      const actor = { who: owner.id };
      await settings.set(owner.id, { ...DEFAULT_TELEGRAM_SETTINGS, ...wanted }, actor);
      await clock.advance(5_000); // until it is read again
    },
    /** Tells a turn; resolves when it is safe. */
    turn(
      session: SessionId,
      turn: Partial<Turn> & { kind: Turn["kind"] },
      host: HostId = laptop,
    ): Promise<void> | undefined {
      const defaults = { id: `t_${++turns}`, rev: 0, atMs: clock.now(), text: "" };
      const tool = { name: "Bash", summary: "ls", state: "ok" };
      const whole = { ...defaults, ...(turn.kind === "tool" ? tool : {}), ...turn } as Turn;
      const agent: AgentId = "claude";
      return conversations.tell({
        event: "turn",
        payload: { host, session, agent, conversation: "c", turn: whole },
        host,
      });
    },
    final: (session: SessionId, text: string, id?: string) =>
      self.turn(session, { kind: "final", text, ...(id !== undefined && { id }) }),
    approvalEnded(session: SessionId, id: string, outcome: ApprovalOutcome, by?: string) {
      const payload = { host: laptop, session, id, outcome, ...(by !== undefined && { by }) };
      void conversations.tell({ event: "approval", payload, host: laptop });
    },
    /** The thread of a session's topic. */
    async thread(session: SessionId, chat = USER): Promise<number | undefined> {
      return (await store.get(rows.telegramTopic(chat, laptop, session)))?.thread ?? undefined;
    },
    /** Moves the clock on until `condition` holds; `ms` at most. */
    async until(condition: () => unknown, what: string, ms = 600_000): Promise<void> {
      const untilMs = clock.now() + ms;
      while (!await condition()) {
        if (clock.now() > untilMs) {
          const seen = server.asked.map(({ method, payload }) => [method, payload]);
          throw new Error(
            `Not within ${ms} ms: ${what}; seen: ${Deno.inspect(seen, { depth: 4 })}`,
          );
        }
        await self.pass(STEP_MS);
      }
    },
    /** Lets time pass, and with it what needs the network and the store. */
    async pass(ms: number): Promise<void> {
      const untilMs = clock.now() + ms;
      while (clock.now() < untilMs) {
        // The network does not run by this clock: it gets a moment of real time for each step.
        for (let turns = 0; turns < 3; turns++) await new Promise((go) => setTimeout(go, 1));
        await clock.advance(Math.min(STEP_MS, untilMs - clock.now()));
      }
    },
    /** As if the relay was stopped and started again. */
    async restart() {
      await out[Symbol.asyncDispose]();
      await start();
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
  return self;
}

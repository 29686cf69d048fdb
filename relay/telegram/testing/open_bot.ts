import { silentLog, systemClock } from "@chatcode/kit";
import type { HostId, ReqFrame, Session } from "@chatcode/protocol";
import { waitFor } from "../../../kit/testing/wait_for.ts";
import { rows } from "../../kv/keys.ts";
import { Previews } from "../../previews/previews.ts";
import { openSockets, testSession } from "../../testing/open_sockets.ts";
import { type PlayedAnswers, PlayedMachine } from "../../testing/played_machine.ts";
import { Voice } from "../../voice/voice.ts";
import { openBotApi } from "../bot_api.ts";
import { Chats } from "../chats.ts";
import { Bot } from "../in/bot.ts";
import type { ApprovalCard, BotFiles } from "../in/bot_parts.ts";
import { Dialogues } from "../in/dialogues.ts";
import type { Incoming } from "../in/incoming.ts";
import { Pairing } from "../in/pairing.ts";
import type { Said } from "../in/replies.ts";
import { TelegramSettingsBook } from "../settings.ts";
import { ADA } from "./incoming.ts";
import { PlayedBotApi } from "./played_bot_api.ts";
import { SpokenReplies } from "./spoken.ts";

/**
 * The bot over a relay's real sockets, with a machine that a test plays and replies that it reads;
 * Ada is linked with the owner's account.
 */
export async function openBot(
  options: { topics?: boolean; linked?: boolean; previewOrigin?: string } = {},
) {
  const { topics = true, linked = true, previewOrigin: origin } = options;
  await using stack = new AsyncDisposableStack();
  const sockets = stack.use(await openSockets());
  const { auth, store, operations, usage, account } = sockets;
  const clock = systemClock;
  const log = silentLog;
  const credentials = await sockets.registerHost("box");
  const previews = origin === undefined
    ? sockets.previews
    : await Previews.open({ store, auth, operations, origin, clock, log });
  const chats = new Chats(store, clock);
  const pairing = new Pairing({ store, auth, chats, clock });
  const settings = new TelegramSettingsBook(store, auth.audit);
  const replies = new SpokenReplies();
  const told: { chat: number; session: string; text: string; key: string }[] = [];
  const cards = new Map<string, ApprovalCard>();
  const received: { name: string; text: string }[] = [];
  const files: BotFiles = {
    async receive(_principal, { name }, body) {
      received.push({ name, text: await new Response(body).text() });
      return { path: `uploads/${name}` };
    },
  };
  const api = stack.use(new PlayedBotApi());
  const rights = { member: "administrator", topics: true };
  api.answers.getChatMember = () => ({
    status: rights.member,
    can_manage_topics: rights.topics,
  });
  const bot = new Bot({
    store,
    auth,
    operations,
    usage,
    voice: new Voice(null, { clock, log }),
    chats,
    settings,
    dialogues: new Dialogues(store),
    pairing,
    replies,
    files,
    previews,
    bot: openBotApi({ token: api.token, apiRoot: api.root }),
    username: () => "our_bot",
    hasTopics: () => topics,
    tellSession(chat: number, { session }, { rich }: Said, key: string) {
      told.push({ chat, session, text: rich.text, key });
      return Promise.resolve();
    },
    adoptTopic: (_chat, _thread, name) =>
      Promise.resolve(
        name === "lost" ? { host: credentials.id, session: "s_1" as Session["id"] } : null,
      ),
    cardOf: (id) => Promise.resolve(cards.get(id) ?? null),
    publicUrl: new URL("https://chatcode.example/"),
    clock,
    log,
  });
  const answers: PlayedAnswers = {};
  const asked: ReqFrame[] = [];
  const begun = new Set<number>();
  if (linked) {
    await chats.link({ account: account.id, user: ADA.id, name: ADA.name, topics });
  }
  const signal = new AbortController().signal;
  const lab = {
    ...sockets,
    host: credentials.id,
    bot,
    chats,
    settings,
    pairing,
    replies,
    told,
    cards,
    received,
    api,
    /** The bot's own in groups. */
    rights,
    /** What the machine was asked, oldest first. */
    asked,
    /** What the machine answers. A thrown ProtocolError is its refusal. */
    answers,
    async online(sessions: Session[] = []): Promise<void> {
      const peer = await sockets.host(credentials, sessions);
      const machine = held.use(new PlayedMachine(credentials.id, peer, { answers, asked }));
      await waitFor(() => sockets.roster.host(machine.id)?.online, { what: "the machine" });
    },
    /** As the inbox would. */
    async work(...updates: [Incoming, ...Incoming[]]): Promise<void> {
      const isAgain = begun.has(updates[0].update);
      begun.add(updates[0].update);
      if (await bot.isHeard(updates[0])) await bot.work(updates, { signal, isAgain });
    },
    session: (name: string, more: Partial<Session> = {}): Session => ({
      ...testSession(credentials.id, name),
      agent: "claude",
      ...more,
    }),
    /** The thread of the session's topic. */
    async topic(session: string, thread: number): Promise<void> {
      await store.set(rows.telegramThread(ADA.id, thread), {
        host: credentials.id as HostId,
        session: session as Session["id"],
      });
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
  const held = stack.move();
  return lab;
}

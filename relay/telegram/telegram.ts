import type { Clock, Log } from "@chatcode/kit";
import { type HostId, ProtocolError, type TelegramCheck } from "@chatcode/protocol";
import type { UserFromGetMe } from "grammy/types";
import type { Attention } from "../attention.ts";
import type { Auth } from "../auth/auth.ts";
import type { Principal } from "../auth/principal.ts";
import type { TelegramConfig } from "../config.ts";
import type { ConversationFeed } from "../conversation_feed.ts";
import type { Store } from "../kv/store.ts";
import type { Operations } from "../operations.ts";
import type { Previews } from "../previews/previews.ts";
import type { Roster } from "../roster.ts";
import type { UsageBook } from "../usage/usage_book.ts";
import type { Voice } from "../voice/voice.ts";
import { openBotApi } from "./bot_api.ts";
import { Chats } from "./chats.ts";
import { Connection, type ConnectionState } from "./connection.ts";
import { examineBot } from "./doctor.ts";
import { bold, join } from "./format/mod.ts";
import { Bot } from "./in/bot.ts";
import type { BotFiles } from "./in/bot_parts.ts";
import { Dialogues } from "./in/dialogues.ts";
import { Inbox, type Taking } from "./in/inbox.ts";
import type { Incoming } from "./in/incoming.ts";
import { LiveReplies } from "./in/live_replies.ts";
import { Patience } from "./in/patience.ts";
import { Pairing, type PairingCode } from "./in/pairing.ts";
import { answerWebhook, webhookSecret } from "./in/webhook.ts";
import { TelegramOut } from "./out/mod.ts";
import { TelegramSettingsBook } from "./settings.ts";

export interface TelegramParts {
  readonly config: TelegramConfig;
  readonly store: Store;
  readonly auth: Auth;
  readonly operations: Operations;
  readonly roster: Roster;
  readonly conversations: ConversationFeed;
  readonly attention: Attention;
  readonly usage: UsageBook;
  readonly voice: Voice;
  readonly files: BotFiles;
  readonly previews: Previews;
  readonly publicUrl: URL;
  /** This instance of the relay. */
  readonly instance: string;
  /** No other process can have the store. */
  readonly isAlone: boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/** The bot, in both directions. Disposing it leaves what is undone in the store. */
export interface Telegram extends AsyncDisposable {
  readonly botId: number;
  readonly chats: Chats;
  readonly settings: TelegramSettingsBook;
  readonly out: TelegramOut;
  readonly state: ConnectionState;
  /** Answers one call of the webhook. */
  webhook(req: Request): Promise<Response>;
  /** A deep link that links whoever opens it in Telegram, once. @throws ProtocolError UNAVAILABLE */
  pair(principal: Principal): Promise<PairingCode & { url: string }>;
  /** Says something to the account, to see that it arrives. @throws ProtocolError NOT_LINKED */
  sayHello(principal: Principal): Promise<void>;
  examine(): Promise<TelegramCheck[]>;
  /** Resolves when every update that came by now is worked on. */
  settled(): Promise<void>;
}

/** Takes up what an earlier relay left undone. Telegram need not answer for it to start. */
export async function openTelegram(parts: TelegramParts): Promise<Telegram> {
  const { config, store, auth, publicUrl, clock, log } = parts;
  await using stack = new AsyncDisposableStack();
  const bot = openBotApi(config);
  const chats = new Chats(store, clock);
  const settings = new TelegramSettingsBook(store, auth.audit);
  const pairing = new Pairing({ store, auth, chats, clock });
  const out = stack.use(
    await TelegramOut.start({ ...parts, api: bot.api, chats, settings, accounts: auth.accounts }),
  );
  let me: UserFromGetMe | undefined;
  const patience = new Patience({ roster: parts.roster, clock });
  const { files, operations, previews } = parts;
  const desk = new Bot({
    ...parts,
    operations: {
      hosts: (principal) => operations.hosts(principal),
      sessions: (principal) => operations.sessions(principal),
      call: (principal, method, params, options) =>
        patience.with(
          (params as { host: HostId }).host,
          options?.signal,
          () => operations.call(principal, method, params, options),
        ),
    },
    files: {
      receive: (principal, wanted, body, options) =>
        patience.with(
          wanted.host,
          options.signal,
          () => files.receive(principal, wanted, body, options),
        ),
    },
    previews: {
      link: (principal, wanted, signal) =>
        patience.with(wanted.host, signal, () => previews.link(principal, wanted)),
    },
    bot,
    chats,
    settings,
    pairing,
    dialogues: new Dialogues(store),
    replies: new LiveReplies({ api: bot.api, out, chats, store, log }),
    username: () => me?.username,
    hasTopics: () => me?.has_topics_enabled ?? false,
    tellSession: async (chat, about, { rich, buttons = [] }, key) => {
      await out.post({ chat, about, key, text: rich, buttons: buttons.map((row) => [...row]) });
    },
    adoptTopic: (chat, thread, name) => out.topics.adopt(chat, thread, name),
    cardOf: (id) => out.card(id),
  });
  const inbox = stack.use(
    await Inbox.open({
      store,
      clock,
      log,
      botId: bot.botId,
      work: (updates, options) => desk.work(updates, options),
      giveUp: (incoming) => desk.giveUp(incoming),
    }),
  );
  const take = async (incoming: Incoming): Promise<Taking> => {
    if (incoming.kind === "message") out.heard(incoming.chat.id, incoming.message);
    return await desk.isHeard(incoming) ? await inbox.take(incoming) : "known";
  };
  const secret = await webhookSecret(config.token);
  const connection = stack.use(
    new Connection({
      bot,
      publicUrl,
      apiRoot: config.apiRoot,
      secret,
      take,
      clock,
      log,
      async onKnown(known) {
        me = known;
        for (const { id, kind, topics } of await chats.chats()) {
          if (kind === "group" || topics === known.has_topics_enabled) continue;
          await chats.setTopics(id, known.has_topics_enabled);
        }
      },
    }),
  );
  const running = stack.move();
  return {
    botId: bot.botId,
    chats,
    settings,
    out,
    get state() {
      return connection.state;
    },
    webhook: (req) => answerWebhook(req, { secret, log, take }),
    async pair(principal) {
      if (me === undefined) {
        throw new ProtocolError("UNAVAILABLE", "Cannot link: the bot has no word of Telegram yet");
      }
      const made = await pairing.makeCode(principal);
      return { ...made, url: `https://t.me/${me.username}?start=${made.code}` };
    },
    async sayHello({ account }) {
      const link = await chats.linkOfAccount(account);
      if (link === null) throw new ProtocolError("NOT_LINKED", "Cannot say it: nobody is linked");
      await out.post({
        chat: link.home,
        about: null,
        key: `hello-${crypto.randomUUID()}`,
        text: join(bold("It works."), ` This comes from ${publicUrl.host}.`),
        sound: true,
      });
    },
    examine: async () =>
      await examineBot({
        bot,
        chats,
        webhookUrl: connection.webhookUrl,
        hasVoice: parts.voice.isReady,
        missing: (await out.missing()).length,
        nowMs: clock.now(),
      }),
    settled: () => inbox.settled(),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

import { type Clock, createLog, type Log } from "@chatcode/kit";
import {
  type HostId,
  hostId,
  type Session,
  type SessionId,
  sessionId,
  type Turn,
} from "@chatcode/protocol";
import { Attention } from "../../../relay/attention.ts";
import { openAuth } from "../../../relay/auth/auth.ts";
import { ConversationFeed } from "../../../relay/conversation_feed.ts";
import { type KvPlace, openStore } from "../../../relay/kv/open.ts";
import { Roster } from "../../../relay/roster.ts";
import { openBotApi } from "../../../relay/telegram/bot_api.ts";
import { Chats } from "../../../relay/telegram/chats.ts";
import { TelegramOut } from "../../../relay/telegram/out/mod.ts";
import { TelegramSettingsBook } from "../../../relay/telegram/settings.ts";

export const HOST: HostId = hostId.parse("h_box");

export interface DeliveryOptions {
  readonly store: KvPlace;
  readonly token: string;
  readonly apiRoot: string;
  /** The Telegram user whose private chat is told, unless `group` is given. */
  readonly user: number;
  readonly group?: number;
  readonly sessions: number;
  readonly clock: Clock;
  readonly log?: Log;
}

export function sessionOf(index: number): SessionId {
  return sessionId.parse(`s_${String(index).padStart(2, "0")}`);
}

/** The relay's delivery to Telegram with a machine that has sessions, and nothing else of the relay. */
export async function openDelivery(options: DeliveryOptions) {
  const { clock, user, group, token, apiRoot } = options;
  const log = options.log ?? createLog({ write: () => {} });
  await using stack = new AsyncDisposableStack();
  const publicUrl = new URL("https://code.example.org/");
  const store = stack.use(await openStore(options.store));
  const auth = stack.use(await openAuth(store, { publicUrl, clock, log }));
  const owner = await auth.accounts.makeOwner({ who: "admin" });
  const chats = new Chats(store, clock);
  if (await chats.linkOf(user) === null) {
    await chats.link({ account: owner.id, user, name: "Ada", topics: true });
    if (group !== undefined) {
      await chats.addGroup({ id: group, account: owner.id, title: "Team", topics: true });
      await chats.setHome(owner.id, group);
    }
  }
  const roster = new Roster(clock);
  roster.register(HOST, "box");
  const conversations = new ConversationFeed();
  const out = stack.use(
    await TelegramOut.start({
      api: openBotApi({ token, apiRoot }).api,
      store,
      chats,
      settings: new TelegramSettingsBook(store, auth.audit),
      accounts: auth.accounts,
      roster,
      conversations,
      attention: new Attention(),
      publicUrl,
      instance: crypto.randomUUID(),
      isAlone: true,
      clock,
      log,
    }),
  );
  const facts = {
    bootId: "b-12345678",
    hostname: "box",
    os: "linux",
    arch: "x86_64",
    gatewayVersion: "1",
    tmuxVersion: "3.3a",
    workspace: "/w",
    startedAtMs: 1,
  };
  const load = {
    average: [0, 0, 0] as [number, number, number],
    cores: 1,
    memoryUsedBytes: 1,
    memoryTotalBytes: 2,
  };
  const sessions = Array.from({ length: options.sessions }, (_, index): Session => ({
    id: sessionOf(index),
    host: HOST,
    title: `Session ${index}`,
    command: [],
    cwd: "/w",
    status: "working",
    foreground: "claude",
    cols: 80,
    rows: 24,
    viewers: 0,
    createdAtMs: 1,
    activeAtMs: 1,
    agent: "claude",
  }));
  roster.online(HOST, facts, load, sessions);
  const running = stack.move();
  return {
    out,
    chats,
    roster,
    owner,
    /** Resolves when the turn is safe; `undefined`: nothing of it is kept. */
    tell(session: SessionId, turn: Turn): Promise<void> | undefined {
      return conversations.tell({
        event: "turn",
        payload: { host: HOST, session, agent: "claude", conversation: "c", turn },
        host: HOST,
      });
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

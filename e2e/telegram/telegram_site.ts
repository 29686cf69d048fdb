import { hostId, type Session } from "@chatcode/protocol";
import type { User } from "grammy/types";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { hostHeaders, hostHello } from "../../relay/testing/open_sockets.ts";
import { Peer } from "../../relay/testing/peer.ts";
import { PlayedMachine } from "../../relay/testing/played_machine.ts";
import { Relay } from "../harness/relay.ts";
import { BotApi, type BotApiOptions, type SeenChat, type SeenMessage } from "./bot_api/mod.ts";

/** How long a person waits for something to be seen, in milliseconds. */
export const SEEN_LIMIT_MS = 30_000;

export interface TelegramSiteOptions extends BotApiOptions {
  /** More flags for the relay. */
  readonly flags?: readonly string[];
  /** Called before the relay starts. */
  readonly prepare?: (bot: BotApi) => void;
}

/** Flags for a relay that has the stand-in's bot; the token is in a file in `folder`. */
export async function botFlags(bot: BotApi, folder: string): Promise<string[]> {
  const file = `${folder}/bot-token`;
  await Deno.writeTextFile(file, `${bot.token}\n`, { mode: 0o600 });
  return ["--telegram-token-file", file, "--telegram-api-root", bot.apiRoot];
}

/** A real relay with a bot in the stand-in for Telegram, and Ada, who has not linked yet. */
export class TelegramSite implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack;

  private constructor(
    stack: AsyncDisposableStack,
    readonly bot: BotApi,
    readonly relay: Relay,
    readonly ada: User,
    readonly chat: SeenChat,
  ) {
    this.#stack = stack;
  }

  static async start(
    { flags = [], prepare, ...options }: TelegramSiteOptions = {},
  ): Promise<TelegramSite> {
    await using stack = new AsyncDisposableStack();
    const folder = await Deno.makeTempDir({ prefix: "cc-e2e-" });
    stack.defer(() => Deno.remove(folder, { recursive: true }));
    await Deno.mkdir(`${folder}/data`);
    const bot = stack.use(new BotApi(options));
    prepare?.(bot);
    const data = `${folder}/data`;
    const all = [...await botFlags(bot, folder), ...flags];
    const relay = stack.use(await Relay.start({ data, flags: all }));
    const ada = bot.people.user("Ada", "ada");
    const chat = bot.people.privateChat(ada);
    await relay.child.event("telegram.ready");
    return new TelegramSite(stack.move(), bot, relay, ada, chat);
  }

  /** A browser's `fetch` on the relay, signed in anew. */
  async browser(): Promise<Browser> {
    return await Browser.signIn(this.relay);
  }

  /** Links Ada with the owner's account as she would: the page's deep link, then Start. */
  async link(): Promise<Browser> {
    const browser = await this.browser();
    await linkByPage(browser, this.bot, this.ada, this.chat);
    return browser;
  }

  say(text: string, topic?: number): SeenMessage {
    return this.bot.people.say(this.ada, this.chat, text, { topic });
  }

  /** The first message of the bot's that fits, now or soon. */
  async seen(
    fits: (message: SeenMessage) => boolean,
    what: string,
    { after = 0, chat = this.chat }: { after?: number; chat?: SeenChat } = {},
  ): Promise<SeenMessage> {
    return await seenIn(chat, fits, what, { after });
  }

  /** What the bot says next to `text`. */
  async ask(text: string, topic?: number): Promise<SeenMessage> {
    const { id } = this.say(text, topic);
    return await this.seen(() => true, `an answer to "${text}"`, { after: id });
  }

  /** Presses a button by a part of its words; resolves when the bot has answered. */
  async press(message: SeenMessage, words: string, by: User = this.ada) {
    const press = this.bot.people.pressData(by, message, dataOf(message, words));
    await waitFor(() => press.answer !== undefined, {
      what: `the answer to "${words}"`,
      deadlineMs: SEEN_LIMIT_MS,
    });
    return press;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** The gateway's end of a machine's socket, past its hello. */
export async function connectMachine(
  relay: Relay,
  credentials: { id: string; token: string },
  sessions: Session[] = [],
): Promise<PlayedMachine> {
  const url = `${relay.url.replace("http", "ws")}/gw/connect`;
  const peer = await Peer.dial(url, hostHeaders(credentials));
  peer.send(hostHello(sessions));
  await peer.next("hello-ok");
  return new PlayedMachine(hostId.parse(credentials.id), peer);
}

export async function linkByPage(
  browser: Browser,
  bot: BotApi,
  user: User,
  chat: SeenChat,
): Promise<void> {
  const { url } = await browser.json("POST", "/api/telegram/link") as { url: string };
  const { id } = bot.people.say(user, chat, `/start ${new URL(url).searchParams.get("start")}`);
  await seenIn(chat, ({ text }) => text.includes("You are linked"), "the welcome", { after: id });
}

export async function seenIn(
  chat: SeenChat,
  fits: (message: SeenMessage) => boolean,
  what: string,
  { after = 0, deadlineMs = SEEN_LIMIT_MS } = {},
): Promise<SeenMessage> {
  const found = () =>
    chat.messages.find((message) =>
      message.from === undefined && message.id > after && fits(message)
    );
  try {
    return await waitFor(found, { what, deadlineMs });
  } catch (cause) {
    const shown = chat.messages.map(({ id, from, topic, text }) =>
      `${id} ${topic ?? "-"} ${from?.first_name ?? "bot"}: ${text}`
    );
    throw new Error(`Not seen: ${what}. The chat:\n${shown.join("\n")}`, { cause });
  }
}

function dataOf(message: SeenMessage, words: string): string {
  const button = message.buttons.flat().find(({ text }) => text.includes(words));
  if (button?.data !== undefined) return button.data;
  const there = message.buttons.flat().map(({ text }) => text).join(", ");
  throw new Error(`No button "${words}" under "${message.text}", but: ${there}`);
}

/** So much of a browser as the app's JSON routes need: cookie, origin, CSRF token. */
export class Browser {
  private constructor(
    readonly relay: Relay,
    readonly cookie: string,
    readonly csrf: string,
  ) {}

  static async signIn(relay: Relay): Promise<Browser> {
    const token = new URL(await relay.signInLink()).hash.slice(1);
    const headers = { origin: relay.url, "content-type": "application/json" };
    const body = JSON.stringify({ token });
    const answer = await fetch(`${relay.url}/api/sign-in`, { method: "POST", headers, body });
    await answer.body?.cancel();
    const [cookie = ""] = (answer.headers.get("set-cookie") ?? "").split(";");
    const page = await (await fetch(`${relay.url}/settings`, { headers: { cookie } })).text();
    const [, csrf = ""] = /name="csrf-token" content="([^"]+)"/.exec(page) ?? [];
    return new Browser(relay, cookie, csrf);
  }

  async json(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(this.relay.url + path, {
      method,
      headers: {
        cookie: this.cookie,
        origin: this.relay.url,
        "x-csrf-token": this.csrf,
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const told = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(told)}`);
    return told;
  }
}

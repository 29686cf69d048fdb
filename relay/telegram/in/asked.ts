import type { HostId, SessionId } from "@chatcode/protocol";
import type { Principal } from "../../auth/principal.ts";
import type { TelegramLinkRow } from "../../kv/keys.ts";
import { plain } from "../format/mod.ts";
import type { Incoming, IncomingMessage, IncomingPress } from "./incoming.ts";
import type { Place, Replies, Said } from "./replies.ts";

export interface About {
  readonly host: HostId;
  readonly session: SessionId;
}

interface AskedParts {
  readonly principal: Principal;
  readonly link: TelegramLinkRow;
  readonly incoming: IncomingMessage | IncomingPress;
  /** The session of the topic it stands in. */
  readonly topic: About | null;
  readonly replies: Replies;
  readonly botId: number;
  readonly signal: AbortSignal;
  /** Its work was begun before, and nobody knows how far it came. */
  readonly isAgain: boolean;
}

/** Something a linked person asks of the bot, and the way back to them. */
export class Asked {
  readonly principal: Principal;
  readonly link: TelegramLinkRow;
  readonly incoming: IncomingMessage | IncomingPress;
  readonly topic: About | null;
  readonly place: Place;
  readonly signal: AbortSignal;
  readonly isAgain: boolean;
  readonly #replies: Replies;
  readonly #key: string;
  #said = 0;

  constructor(parts: AskedParts) {
    const { principal, link, incoming, topic, replies, signal, isAgain, botId } = parts;
    this.principal = principal;
    this.link = link;
    this.incoming = incoming;
    this.topic = topic;
    this.signal = signal;
    this.isAgain = isAgain;
    this.place = placeOf(incoming);
    this.#replies = replies;
    this.#key = `tg-${botId}-${incoming.update}`;
  }

  /** The same each time the same update is worked on: 8 to 64 characters. */
  idempotencyKey(deed: string): string {
    return `${this.#key}-${deed}`;
  }

  /** Whether it stands in a group. */
  get inGroup(): boolean {
    return this.incoming.chat.type !== "private";
  }

  /** Says it there. A deed that is done again after a restart says the same in the same order. */
  async say(said: Said | string): Promise<void> {
    const key = `${this.#key}-${this.#said++}`;
    await this.#replies.say(this.place, saidOf(said), key);
  }

  /** Says it below the message that asks. */
  async reply(said: Said | string): Promise<void> {
    const { kind, message } = this.incoming;
    const to = kind === "message" && message !== null ? { to: message } : {};
    await this.say({ ...saidOf(said), ...to });
  }

  /** The message whose button was pressed becomes `said`; a command says it anew. */
  async show(said: Said | string): Promise<void> {
    const { incoming } = this;
    if (incoming.kind === "message" || incoming.message === null) return await this.say(said);
    await this.#replies.edit(this.place, incoming.message, saidOf(said));
  }

  /** A pressed button stops waiting. Without effect for a message. */
  async answer(text?: string, options: { alert?: boolean } = {}): Promise<void> {
    if (this.incoming.kind === "press") await this.#replies.answer(this.incoming.id, text, options);
  }
}

export function placeOf({ chat, ...incoming }: Incoming): Place {
  return { chat: chat.id, thread: "thread" in incoming ? incoming.thread : null };
}

function saidOf(said: Said | string): Said {
  return typeof said === "string" ? { rich: plain(said) } : said;
}

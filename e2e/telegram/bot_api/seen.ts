import type { MessageEntity, User } from "grammy/types";

/** A button under a message, as a person sees it. */
export interface SeenButton {
  readonly text: string;
  readonly data?: string;
  readonly url?: string;
}

export interface SeenFile {
  readonly id: string;
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A message as it stands in the chat now. */
export interface SeenMessage {
  readonly id: number;
  readonly chat: number;
  /** The topic it stands in; `undefined` for the chat itself. */
  readonly topic: number | undefined;
  /** `undefined` for the bot's own. */
  readonly from: User | undefined;
  /** What is shown: Telegram cleans and trims what was sent. The caption of a file. */
  text: string;
  entities: MessageEntity[];
  buttons: SeenButton[][];
  readonly file: SeenFile | undefined;
  /** The bot sent it without sound. */
  readonly silent: boolean;
  readonly replyTo: number | undefined;
  readonly atMs: number;
  /** What it said before, oldest first. */
  readonly earlier: string[];
  /** The bot's reactions. */
  reactions: string[];
  pinned: boolean;
}

export interface SeenTopic {
  readonly id: number;
  name: string;
  closed: boolean;
  /** What the bot hears when it writes to a topic that was deleted; `undefined` while it stands. */
  deleted: DeletedTopic | undefined;
  /** Every name it had, oldest first. */
  readonly names: string[];
}

/** Telegram refuses, in one of two ways, or shows the message in the chat itself and says nothing. */
export type DeletedTopic = "message thread not found" | "TOPIC_DELETED" | "shown in the chat";

export interface SeenChat {
  readonly id: number;
  readonly type: "private" | "supergroup";
  title: string;
  /** Topics can be made here. */
  forum: boolean;
  /** What the bot may do in a group. */
  bot: "member" | "administrator" | "gone";
  /** The user of a private chat blocked the bot. */
  blocked: boolean;
  readonly owner: User;
  readonly topics: Map<number, SeenTopic>;
  /** In the order in which they were sent; what was deleted is gone. */
  readonly messages: SeenMessage[];
  /** When the bot was seen typing, in milliseconds. */
  readonly typing: { readonly topic: number | undefined; readonly atMs: number }[];
}

/** A press of a button, and what the bot answered. */
export interface SeenPress {
  readonly id: string;
  readonly data: string;
  readonly atMs: number;
  answer: { readonly text: string; readonly alert: boolean } | undefined;
}

export interface Call {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly atMs: number;
}

/** A call that Telegram's own documentation does not allow. */
export interface InvalidCall extends Call {
  readonly problems: readonly string[];
}

export interface RateBreach {
  readonly method: string;
  readonly chat: number | undefined;
  readonly atMs: number;
  readonly rule: string;
}

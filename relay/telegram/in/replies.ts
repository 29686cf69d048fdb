import type { ReactionTypeEmoji } from "grammy/types";
import type { RichText } from "../format/mod.ts";

/** Where something is said: a chat, and a topic of it or (`null`) the chat itself. */
export interface Place {
  readonly chat: number;
  readonly thread: number | null;
}

export type Button =
  | { readonly text: string; readonly data: string }
  | { readonly text: string; readonly url: string };

/** A message of ours: at most 4,096 UTF-16 units. */
export interface Said {
  readonly rich: RichText;
  readonly buttons?: readonly (readonly Button[])[];
  /** The message it answers. */
  readonly to?: number;
  /** Without a sound: whoever asked is looking. */
  readonly quiet?: boolean;
}

export type Emoji = ReactionTypeEmoji["emoji"];

/** What the bot says to what a person did. None of it fails for the person's deed. */
export interface Replies {
  /** A new message; the same `key` again says nothing. */
  say(place: Place, said: Said, key: string): Promise<void>;
  /** A message of ours becomes another. */
  edit(place: Place, message: number, said: Said): Promise<void>;
  /** The only reaction of the bot to a message, or none. */
  react(place: Place, message: number, emoji: Emoji | null): Promise<void>;
  /** A pressed button stops waiting; `text` is shown for a moment, `alert` until it is closed. */
  answer(press: string, text?: string, options?: { alert?: boolean }): Promise<void>;
  /** For a few seconds the bot is seen to be at it. */
  typing(place: Place): Promise<void>;
}

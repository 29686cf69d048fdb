import type { Clock, Log } from "@chatcode/kit";
import type { Verdict } from "@chatcode/protocol";
import type { Auth } from "../../auth/auth.ts";
import type { Principal } from "../../auth/principal.ts";
import type { Store } from "../../kv/store.ts";
import type { Operations } from "../../operations.ts";
import type { UsageBook } from "../../usage/usage_book.ts";
import type { Voice } from "../../voice/voice.ts";
import type { BotApi } from "../bot_api.ts";
import type { Chats } from "../chats.ts";
import type { TelegramSettingsBook } from "../settings.ts";
import type { About } from "./asked.ts";
import type { Dialogues } from "./dialogues.ts";
import type { Pairing } from "./pairing.ts";
import type { Replies, Said } from "./replies.ts";

/** What the bot works with. */
export interface BotParts {
  readonly store: Store;
  readonly auth: Auth;
  readonly operations: Pick<Operations, "call" | "hosts" | "sessions">;
  readonly usage: UsageBook;
  readonly voice: Voice;
  readonly chats: Chats;
  readonly settings: TelegramSettingsBook;
  readonly dialogues: Dialogues;
  readonly pairing: Pairing;
  readonly replies: Replies;
  readonly files: BotFiles;
  readonly previews: BotPreviews;
  readonly bot: BotApi;
  /** The bot's user name, once Telegram has told it. */
  username(): string | undefined;
  /** Whether private chats with the bot can have topics. */
  hasTopics(): boolean;
  /** A message in the session's topic, which is made if there is none yet. */
  tellSession(chat: number, about: About, said: Said, key: string): Promise<void>;
  /** Whether a topic of unknown origin is one that was made for a session, unheard of by us. */
  adoptTopic(chat: number, thread: number, name: string): Promise<About | null>;
  /** The approval that a button's card asks about; `null`: none that is known. */
  cardOf(id: string): Promise<ApprovalCard | null>;
  readonly publicUrl: URL;
  readonly clock: Clock;
  readonly log: Log;
}

export interface ApprovalCard extends About {
  readonly approval: string;
  readonly verdicts: readonly Verdict[];
}

/** Puts what came as a file into the workspace of a session's machine. */
export interface BotFiles {
  /**
   * The same `idempotencyKey` again is the same file, put there once.
   * @throws ProtocolError as the machine answers; the signal's reason
   */
  receive(
    principal: Principal,
    wanted: About & { readonly name: string; readonly size: number },
    body: ReadableStream<Uint8Array<ArrayBuffer>>,
    options: { readonly idempotencyKey: string; readonly signal: AbortSignal },
  ): Promise<{ path: string }>;
}

/** Makes links that show a file of a machine for a few minutes. */
export interface BotPreviews {
  /** @throws ProtocolError as `Previews.link()`; the signal's reason */
  link(
    principal: Principal,
    wanted: About & { readonly path: string },
    signal: AbortSignal,
  ): Promise<{ url: string; name: string; size: number }>;
}

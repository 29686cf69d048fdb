import type { Clock } from "@chatcode/kit";
import type { TelegramPaceRow } from "../../kv/keys.ts";

/**
 * Telegram's rates: about one call a second in a chat, 20 a minute in a group with all its topics, 30
 * a second for a bot (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this).
 */
export const CHAT_SPACING_MS = 1_050;
export const GROUP_CALLS = 20;
export const GROUP_WINDOW_MS = 60_500;
export const BOT_CALLS = 28;
export const BOT_WINDOW_MS = 1_000;

/** Calls of a group's window, and of the bot's, that are kept free of what only decorates. */
const KEPT_IN_GROUP = 8;
const KEPT_OF_BOT = 8;

interface Pace {
  /** When the last calls ended, oldest first. */
  calls: number[];
  pausedUntilMs: number;
}

/**
 * When a call may be made. It counts from the end of the calls before, since one that took long may
 * have reached Telegram at any moment until then: so no jitter between us brings two too close.
 */
export class Budget {
  readonly #clock: Clock;
  readonly #paces = new Map<number, Pace>();
  /** Ends of the bot's last calls, oldest first. */
  #ended: number[] = [];
  #running = 0;
  #pausedUntilMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    // What ran before this process did may have called until just now.
    this.#ended = new Array(BOT_CALLS).fill(clock.now());
  }

  /** Milliseconds until `chat` may be called; a group's id is negative. */
  waitMs(chat: number, { cosmetic = false } = {}): number {
    const nowMs = this.#clock.now();
    const { calls, pausedUntilMs } = this.#of(chat);
    const waits = [
      this.#pausedUntilMs - nowMs,
      pausedUntilMs - nowMs,
      (calls.at(-1) ?? 0) + CHAT_SPACING_MS - nowMs,
      this.#botWaitMs(cosmetic ? BOT_CALLS - KEPT_OF_BOT : BOT_CALLS),
    ];
    if (chat < 0) {
      const allowed = cosmetic ? GROUP_CALLS - KEPT_IN_GROUP : GROUP_CALLS;
      const first = calls.at(-allowed);
      if (first !== undefined) waits.push(first + GROUP_WINDOW_MS - nowMs);
    }
    return Math.max(0, ...waits);
  }

  /** A call begins; dispose when it has ended. */
  begin(chat: number): Disposable {
    this.#running += 1;
    return {
      [Symbol.dispose]: () => {
        this.#running -= 1;
        const endMs = this.#clock.now();
        const { calls } = this.#of(chat);
        calls.push(endMs);
        if (calls.length > GROUP_CALLS) calls.shift();
        this.#ended.push(endMs);
        if (this.#ended.length > BOT_CALLS) this.#ended.shift();
      },
    };
  }

  /** Telegram asks to be left alone for that long, in that chat. */
  pause(chat: number, ms: number): void {
    const pace = this.#of(chat);
    pace.pausedUntilMs = Math.max(pace.pausedUntilMs, this.#clock.now() + ms);
  }

  /** The bot as a whole is not to call. */
  pauseAll(ms: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, this.#clock.now() + ms);
  }

  /** What an instance that takes over has to know of the chat. */
  paceOf(chat: number): TelegramPaceRow {
    const { calls, pausedUntilMs } = this.#of(chat);
    return { calls: [...calls], pausedUntilMs };
  }

  /** What was kept of the chat before a restart. */
  restore(chat: number, { calls, pausedUntilMs }: TelegramPaceRow): void {
    const pace = this.#of(chat);
    pace.calls = [...calls, ...pace.calls].sort((a, b) => a - b).slice(-GROUP_CALLS);
    pace.pausedUntilMs = Math.max(pace.pausedUntilMs, pausedUntilMs);
  }

  #botWaitMs(allowed: number): number {
    const free = allowed - this.#running;
    // A call that runs ends at an unknown time: whoever waits looks again when one has.
    if (free <= 0) return BOT_WINDOW_MS;
    const first = this.#ended.at(-free);
    return first === undefined ? 0 : first + BOT_WINDOW_MS - this.#clock.now();
  }

  #of(chat: number): Pace {
    const pace = this.#paces.get(chat) ?? { calls: [this.#clock.now()], pausedUntilMs: 0 };
    this.#paces.set(chat, pace);
    return pace;
  }
}

import type { Clock } from "@chatcode/kit";
import type { RateBreach } from "./seen.ts";

/** What Telegram lets pass at once before its rate of one a second a chat holds. */
const CHAT_BURST = 3;
const OVERALL_PER_SECOND = 30;
const GROUP_PER_MINUTE = 20;

/** Calls that count for their chat: edits and typing too. */
const COUNTED = /^(send|edit)(?!ForumTopic)/;

/** An allowance that fills up again with time. */
interface Bucket {
  left: number;
  atMs: number;
}

/**
 * Notes each call that comes faster than https://core.telegram.org/bots/faq#my-bot-is-hitting-limits
 * allows, and each that comes while the bot was told to wait.
 */
export class RateJudge {
  readonly breaches: RateBreach[] = [];
  readonly #clock: Clock;
  readonly #slackMs: number;
  readonly #overall: Bucket;
  readonly #chats = new Map<number, Bucket>();
  readonly #groups = new Map<number, number[]>();
  readonly #waits = new Map<number, number>();

  /** `slackMs`: how much later than another a call may come in than it was sent. */
  constructor(clock: Clock, slackMs: number) {
    this.#clock = clock;
    this.#slackMs = slackMs;
    this.#overall = { left: OVERALL_PER_SECOND, atMs: clock.now() };
  }

  /** Tells the bot to wait; whatever it calls for that chat before is a breach. */
  wait(chat: number, seconds: number): void {
    this.#waits.set(chat, this.#clock.now() + seconds * 1_000);
  }

  note(method: string, chat: number | undefined): void {
    const atMs = this.#clock.now();
    const breach = (rule: string) => this.breaches.push({ method, chat, atMs, rule });
    if (!/^(get|set(?!MessageReaction)|delete(Webhook|My))/.test(method)) {
      if (!take(this.#overall, atMs, OVERALL_PER_SECOND, OVERALL_PER_SECOND)) {
        breach(`${OVERALL_PER_SECOND} a second overall`);
      }
    }
    if (chat === undefined || !COUNTED.test(method)) return;
    const untilMs = this.#waits.get(chat) ?? 0;
    if (atMs < untilMs - this.#slackMs) breach(`told to wait ${untilMs - atMs} ms more`);
    if (chat > 0) {
      const slack = this.#slackMs / 1_000;
      const bucket = this.#chats.get(chat) ?? { left: CHAT_BURST + slack, atMs };
      this.#chats.set(chat, bucket);
      if (!take(bucket, atMs, 1, CHAT_BURST + slack)) breach("1 a second in a chat");
      return;
    }
    const windowMs = 60_000 - this.#slackMs;
    const times = (this.#groups.get(chat) ?? []).filter((each) => each > atMs - windowMs);
    times.push(atMs);
    this.#groups.set(chat, times);
    if (times.length > GROUP_PER_MINUTE) breach(`${GROUP_PER_MINUTE} a minute in a group`);
  }
}

function take(bucket: Bucket, atMs: number, perSecond: number, most: number): boolean {
  bucket.left = Math.min(most, bucket.left + (atMs - bucket.atMs) / 1_000 * perSecond);
  bucket.atMs = atMs;
  if (bucket.left < 1) return false;
  bucket.left -= 1;
  return true;
}

import { type Clock, type Log, sleep } from "@chatcode/kit";
import type { Update, WebhookInfo } from "grammy/types";
import { TelegramError } from "./telegram_error.ts";

type NewUpdate = Omit<Update, "update_id">;

export interface WebhookSettings {
  readonly url: string;
  readonly secret: string | undefined;
}

/** Not told unless they are asked for (https://core.telegram.org/bots/api#getupdates). */
const ON_REQUEST = ["chat_member", "message_reaction", "message_reaction_count"];

export interface Delivery {
  readonly update: number;
  /** The HTTP status; 0 where the connection failed. */
  readonly status: number;
  readonly tookMs: number;
}

/** Waits after the tries that failed; the last one again and again. Seconds of Telegram's time. */
const RETRY_WAITS_MS = [0, 1_000, 5_000, 15_000, 60_000];
const UPDATE_MAX_AGE_MS = 24 * 3_600_000;
/** Longer than this in real time, and the try has failed. */
const WEBHOOK_TIMEOUT_MS = 30_000;

/** Updates on their way to the bot: by webhook, in order within a chat, or by getUpdates. */
export class UpdateQueue implements AsyncDisposable {
  readonly deliveries: Delivery[] = [];
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #stopping = new AbortController();
  readonly #lanes = new Map<number, Promise<void>>();
  /** Not yet confirmed, oldest first. */
  #pending: { readonly update: Update; readonly lane: number; readonly atMs: number }[] = [];
  #webhook: WebhookSettings | undefined;
  /** Kinds of updates that the bot asked for; empty: the usual ones. */
  #allowed: readonly string[] = [];
  #lastError: { readonly atMs: number; readonly message: string } | undefined;
  #wake = Promise.withResolvers<void>();
  #polls = 0;
  #next = 100_000;
  /** How often an update that was taken is delivered a second time: 0 to 1. */
  againShare = 0;
  #random: () => number;

  constructor(clock: Clock, log: Log, random: () => number) {
    this.#clock = clock;
    this.#log = log;
    this.#random = random;
  }

  get webhook(): WebhookSettings | undefined {
    return this.#webhook;
  }

  /** Updates that the bot has not taken yet. */
  get pending(): number {
    return this.#pending.length;
  }

  /** Puts an update in the row of its chat (`lane`), unless the bot does not want its kind. */
  add(update: NewUpdate, lane: number): void {
    const [kind = ""] = Object.keys(update);
    if (this.#allowed.length > 0 ? !this.#allowed.includes(kind) : ON_REQUEST.includes(kind)) {
      return;
    }
    const id = this.#next++;
    this.#pending.push({ update: { ...update, update_id: id }, lane, atMs: this.#clock.now() });
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
    this.#deliver(lane);
  }

  /** Which kinds of updates are told from now on; `undefined` keeps what was asked for before. */
  allow(kinds: readonly string[] | undefined): void {
    this.#allowed = kinds ?? this.#allowed;
  }

  setWebhook(webhook: WebhookSettings | undefined, dropPending: boolean): void {
    this.#webhook = webhook;
    if (dropPending) this.#pending = [];
    for (const lane of new Set(this.#pending.map((each) => each.lane))) this.#deliver(lane);
  }

  info(): WebhookInfo {
    return {
      url: this.#webhook?.url ?? "",
      has_custom_certificate: false,
      pending_update_count: this.#pending.length,
      max_connections: 40,
      ...(this.#allowed.length > 0 && { allowed_updates: [...this.#allowed] }),
      ...(this.#lastError
        ? {
          last_error_date: Math.floor(this.#lastError.atMs / 1_000),
          last_error_message: this.#lastError.message,
        }
        : {}),
    } as WebhookInfo;
  }

  /** getUpdates: waits up to `timeout` seconds for one. */
  async poll(offset: number, limit: number, timeout: number): Promise<Update[]> {
    if (this.#webhook) {
      throw new TelegramError(
        409,
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to " +
          "delete the webhook first",
      );
    }
    const mine = ++this.#polls;
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
    if (offset > 0) {
      this.#pending = this.#pending.filter(({ update }) => update.update_id >= offset);
    }
    const untilMs = this.#clock.now() + timeout * 1_000;
    while (this.#pending.length === 0 && this.#clock.now() < untilMs) {
      const wait = new AbortController();
      await Promise.race([
        this.#wake.promise,
        sleep(this.#clock, Math.max(0, untilMs - this.#clock.now()), wait.signal).catch(() => {}),
      ]);
      wait.abort();
      if (this.#stopping.signal.aborted) return [];
      if (mine !== this.#polls) {
        throw new TelegramError(
          409,
          "Conflict: terminated by other getUpdates request; make sure that only one bot " +
            "instance is running",
        );
      }
    }
    return this.#pending.slice(0, limit).map(({ update }) => update);
  }

  #deliver(lane: number): void {
    if (!this.#webhook || this.#lanes.has(lane)) return;
    this.#lanes.set(
      lane,
      this.#drain(lane).finally(() => {
        this.#lanes.delete(lane);
        if (this.#pending.some((each) => each.lane === lane)) this.#deliver(lane);
      }),
    );
  }

  async #drain(lane: number): Promise<void> {
    let failures = 0;
    while (!this.#stopping.signal.aborted && this.#webhook) {
      const first = this.#pending.find((each) => each.lane === lane);
      if (!first) return;
      const tooOld = this.#clock.now() - first.atMs > UPDATE_MAX_AGE_MS;
      if (tooOld || await this.#post(this.#webhook, first.update)) {
        failures = 0;
        if (!tooOld && this.#random() < this.againShare) continue;
        this.#pending = this.#pending.filter((each) => each !== first);
        continue;
      }
      const waitMs = RETRY_WAITS_MS[Math.min(failures++, RETRY_WAITS_MS.length - 1)]!;
      await sleep(this.#clock, waitMs, this.#stopping.signal).catch(() => {});
    }
  }

  async #post(webhook: WebhookSettings, update: Update): Promise<boolean> {
    const startMs = this.#clock.now();
    let status = 0;
    let message = "Connection refused";
    try {
      const response = await fetch(webhook.url, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...(webhook.secret ? { "x-telegram-bot-api-secret-token": webhook.secret } : {}),
        },
        body: JSON.stringify(update),
        signal: AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(WEBHOOK_TIMEOUT_MS)]),
      });
      status = response.status;
      message = `Wrong response from the webhook: ${status} ${response.statusText}`;
      await response.body?.cancel();
    } catch (error) {
      this.#log.debug("webhook.failed", { error: String(error) });
    }
    this.deliveries.push({
      update: update.update_id,
      status,
      tookMs: this.#clock.now() - startMs,
    });
    if (status >= 200 && status < 300) return true;
    this.#lastError = { atMs: this.#clock.now(), message };
    return false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    this.#wake.resolve();
    await Promise.all(this.#lanes.values());
  }
}

import { type Clock, type Log, Redial, sleep } from "@chatcode/kit";
import { GrammyError } from "grammy";
import type { UserFromGetMe } from "grammy/types";
import { isLoopback } from "../auth/origin.ts";
import { type BotApi, callFailure } from "./bot_api.ts";
import { COMMANDS } from "./in/commands/mod.ts";
import { ALLOWED_UPDATES, Poller, type PollerParts } from "./in/poller.ts";

/** With a token that Telegram does not know, how long until it is tried again. In milliseconds. */
const REFUSED_WAIT_MS = 300_000;

/** Webhook calls that Telegram may have open at once. */
const MAX_CONNECTIONS = 40;

export type ConnectionState =
  | { state: "connecting"; why?: string }
  /** `mode`: Telegram calls us, or we ask it. `why`: it would not call us. */
  | { state: "ready"; me: UserFromGetMe; mode: "webhook" | "poll"; why?: string };

export interface ConnectionParts {
  readonly bot: BotApi;
  /** Where Telegram finds the relay, if it does. */
  readonly publicUrl: URL;
  /** A Bot API server on this very machine calls plain HTTP too. */
  readonly apiRoot: string;
  readonly secret: string;
  readonly take: PollerParts["take"];
  readonly clock: Clock;
  readonly log: Log;
  /** Who the bot is, each time Telegram has told it. */
  onKnown(me: UserFromGetMe): Promise<void>;
}

/**
 * Makes the bot known to Telegram: its commands, and how updates come. That may take its time: the
 * relay starts without waiting for it, and it is tried until it succeeds.
 */
export class Connection implements AsyncDisposable {
  readonly #parts: ConnectionParts;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #state: ConnectionState = { state: "connecting" };
  #poller: Poller | undefined;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.#running = this.#run();
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Where Telegram is to call, `null` if it is asked instead. */
  get webhookUrl(): string | null {
    const { publicUrl, apiRoot, bot } = this.#parts;
    const polls = this.#state.state === "ready" && this.#state.mode === "poll";
    const canCall = publicUrl.protocol === "https:" || isLoopback(new URL(apiRoot));
    return polls || !canCall ? null : new URL(`/telegram/webhook/${bot.botId}`, publicUrl).href;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#poller?.[Symbol.asyncDispose]();
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#parts;
    const { signal } = this.#stop;
    const redial = new Redial({ clock });
    while (!signal.aborted) {
      try {
        return await this.#connect(signal);
      } catch (error) {
        if (signal.aborted) return;
        const why = callFailure(error);
        const refused = error instanceof GrammyError && [401, 404].includes(error.error_code);
        log[refused ? "error" : "warn"]("telegram.not_connected", { why });
        this.#state = { state: "connecting", why };
        const waiting = refused ? sleep(clock, REFUSED_WAIT_MS, signal) : redial.wait(signal);
        await waiting.catch(() => {});
      }
    }
  }

  async #connect(stop: AbortSignal): Promise<void> {
    const { bot: { api, botId }, clock, log, onKnown, take } = this.#parts;
    const signal = stop as Parameters<typeof api.getMe>[0]; // typed as another package's
    const me = await api.getMe(signal);
    await onKnown(me);
    const commands = COMMANDS.map(({ name, about }) => ({ command: name, description: about }));
    const known = await api.getMyCommands({}, signal);
    if (JSON.stringify(known) !== JSON.stringify(commands)) {
      await api.setMyCommands(commands, {}, signal);
    }
    const refusal = await this.#setWebhook(signal);
    if (refusal === undefined) this.#state = { state: "ready", me, mode: "webhook" };
    else {
      await api.deleteWebhook({ drop_pending_updates: false }, signal);
      stop.throwIfAborted();
      this.#poller = new Poller({ api, clock, log, take });
      this.#state = { state: "ready", me, mode: "poll", ...refusal.why && { why: refusal.why } };
    }
    log.info("telegram.ready", { bot: botId, username: me.username, mode: this.#state.mode });
  }

  /** @returns why Telegram will not call us; undefined: it will */
  async #setWebhook(
    signal: Parameters<BotApi["api"]["getMe"]>[0],
  ): Promise<{ why?: string } | undefined> {
    const { bot: { api }, log, secret } = this.#parts;
    const url = this.webhookUrl;
    if (url === null) return {};
    try {
      await api.setWebhook(url, {
        secret_token: secret,
        allowed_updates: ALLOWED_UPDATES,
        max_connections: MAX_CONNECTIONS,
      }, signal);
    } catch (error) {
      // It does not like the address: then it is asked. Anything else is tried again.
      if (!(error instanceof GrammyError) || error.error_code !== 400) throw error;
      log.error("telegram.webhook_refused", { why: error.description });
      return { why: error.description };
    }
  }
}

import { type Clock, type Log, sleep } from "@chatcode/kit";
import { prefixes, rows } from "../../kv/keys.ts";
import type { Store } from "../../kv/store.ts";
import type { Incoming, IncomingMessage } from "./incoming.ts";
import { type Lane, Lanes } from "./lanes.ts";

/** Telegram sends an update again for up to 24 hours. In milliseconds. */
export const CLAIM_KEPT_MS = 26 * 3600_000;

/** An update that could not be worked on for as long is dropped: nobody waits for it any more. */
export const UPDATE_KEPT_MS = 24 * 3600_000;

/** Updates that wait to be worked on; more are refused, and Telegram sends them again. */
export const MAX_WAITING_UPDATES = 2_000;

/** Of those in one lane, so that one chat cannot take all of it. */
export const MAX_LANE_UPDATES = 100;

/** Updates that are worked on at once. */
export const MAX_UPDATES_AT_ONCE = 64;

/** How often the work on one update is begun; then it is dropped and logged. */
export const MAX_UPDATE_WORK_TRIES = 3;

/** Before the second try; twice that before the third. In milliseconds. */
const RETRY_MS = 2_000;

/** Silence after which an album, or a long text in pieces, is complete. In milliseconds. */
export const GATHER_MS = 1_500;

/** Messages that are taken as one. Telegram allows 10 in an album. */
const MAX_GATHERED = 10;

/** Telegram's apps send a longer text in pieces of about 4,096 UTF-16 units. */
const PIECE_UNITS = 4_000;

/** `known`: it was taken before. `full`: it is to be sent again later. */
export type Taking = "taken" | "known" | "full";

export interface WorkOptions {
  /** The relay stops. */
  readonly signal: AbortSignal;
  /** It was begun before, and nobody knows how far it came. */
  readonly isAgain: boolean;
}

export interface InboxParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly botId: number;
  /**
   * Does what is asked: one update, or all messages of one album. It may be called again with the
   * same after a failure or a restart.
   */
  work(updates: readonly [Incoming, ...Incoming[]], options: WorkOptions): Promise<void>;
  /** Tells whoever waits for it that the work cannot be done. */
  giveUp(incoming: Incoming): Promise<void>;
}

/**
 * Updates between their arrival and their work. Each is claimed once and stored before Telegram hears
 * that it came, is worked on in the order of its lane, and is forgotten then.
 */
export class Inbox implements AsyncDisposable {
  readonly #parts: InboxParts;
  readonly #lanes: Lanes<Incoming>;
  readonly #stop = new AbortController();

  private constructor(parts: InboxParts) {
    this.#parts = parts;
    this.#lanes = new Lanes({
      maxAtOnce: MAX_UPDATES_AT_ONCE,
      work: (lane) => this.#work(lane),
    });
  }

  /** Goes on with what a relay before this one left undone. */
  static async open(parts: InboxParts): Promise<Inbox> {
    const inbox = new Inbox(parts);
    const left = parts.store.list(prefixes.telegramUpdates(parts.botId), {
      limit: MAX_WAITING_UPDATES,
    });
    for await (const { value: { incoming } } of left) inbox.#enqueue(incoming);
    return inbox;
  }

  /** Updates that wait. */
  get size(): number {
    return this.#lanes.size;
  }

  /**
   * When this returns "taken", the update is stored and will be worked on.
   * @throws {KvError} and then it may or may not be: send it again
   */
  async take(incoming: Incoming): Promise<Taking> {
    const { store, clock, botId } = this.#parts;
    const { update } = incoming;
    if (this.#stop.signal.aborted || this.size >= MAX_WAITING_UPDATES) return "full";
    if (this.#lanes.sizeOf(laneOf(incoming)) >= MAX_LANE_UPDATES) return "full";
    const claim = rows.telegramClaim(botId, update);
    const claimed = await store.commit()
      .check(claim, null)
      .set(claim, { atMs: clock.now() }, { expireInMs: CLAIM_KEPT_MS })
      .set(rows.telegramUpdate(botId, update), { incoming, tries: 0 }, {
        expireInMs: UPDATE_KEPT_MS,
      })
      .commit();
    if (claimed === null) return "known";
    this.#enqueue(incoming);
    return "taken";
  }

  /** Resolves when everything taken by now is done. */
  async settled(): Promise<void> {
    await this.#lanes.idle();
  }

  /** What has begun is given up where it can be; it stays stored, and is begun again. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new DOMException("The relay stops", "AbortError"));
    await this.#lanes.stop();
  }

  #enqueue(incoming: Incoming): void {
    this.#lanes.push(laneOf(incoming), incoming);
  }

  async #work(lane: Lane<Incoming>): Promise<void> {
    const { log, clock } = this.#parts;
    const { signal } = this.#stop;
    try {
      const updates = await this.#gather(lane);
      for (let begun = 1; begun <= MAX_UPDATE_WORK_TRIES; begun++) {
        try {
          const trying = await this.#begin(updates[0]);
          if (trying === "gone") break;
          if (trying === "too often") {
            await this.#parts.giveUp(updates[0]);
            break;
          }
          signal.throwIfAborted();
          await this.#parts.work(updates, { signal, isAgain: trying === "begun again" });
          break;
        } catch (error) {
          if (signal.aborted) {
            await this.#takeBack(updates[0]);
            throw error;
          }
          log.warn("telegram.update_failed", { update: updates[0].update, begun, error });
          if (begun < MAX_UPDATE_WORK_TRIES) await sleep(clock, RETRY_MS * begun, signal);
          else await this.#parts.giveUp(updates[0]);
        }
      }
      for (const { update } of updates) await this.#forget(update);
    } catch (error) {
      if (!signal.aborted) log.error("telegram.update_lost", { error });
    }
  }

  /** What is one thing to a person: an album, a long text; and what they made of it since. */
  async #gather(lane: Lane<Incoming>): Promise<[Incoming, ...Incoming[]]> {
    const { clock } = this.#parts;
    const { first } = lane;
    if (first.kind !== "message" || first.edited) return [first];
    const gathered: IncomingMessage[] = [first];
    while (gathered.length < MAX_GATHERED) {
      const last = gathered.at(-1) ?? first;
      const goesOn = continuationOf(last);
      if (goesOn === undefined) break;
      await sleep(clock, GATHER_MS, this.#stop.signal);
      const more = takeMessages(lane, goesOn);
      gathered.push(...more);
      if (more.length === 0) break;
    }
    const latest: IncomingMessage[] = [];
    for (const message of gathered) {
      const edits = takeMessages(lane, (it) => it.edited && it.message === message.message);
      for (const { update } of edits) await this.#forget(update);
      latest.push({ ...message, text: edits.at(-1)?.text ?? message.text });
    }
    return latest as [Incoming, ...Incoming[]];
  }

  /** Counts before the work begins: an update on which the relay dies is not tried for ever. */
  async #begin({ update }: Incoming): Promise<
    "begun" | "begun again" | "gone" | "too often"
  > {
    const { store, botId, log } = this.#parts;
    const row = rows.telegramUpdate(botId, update);
    return await store.update(row, (kept, commit) => {
      if (kept === null) return "gone"; // expired
      if (kept.tries >= MAX_UPDATE_WORK_TRIES) {
        log.error("telegram.update_given_up", { update, kind: kept.incoming.kind });
        return "too often";
      }
      const begun = { ...kept, tries: kept.tries + 1, isBegun: true };
      commit.set(row, begun, { expireInMs: UPDATE_KEPT_MS });
      return kept.isBegun === true ? "begun again" : "begun";
    });
  }

  /** A relay that is stopped has not died of it: that try does not count. */
  async #takeBack({ update }: Incoming): Promise<void> {
    const { store, botId } = this.#parts;
    const row = rows.telegramUpdate(botId, update);
    await store.update(row, (kept, commit) => {
      if (kept === null || kept.tries === 0) return;
      commit.set(row, { ...kept, tries: kept.tries - 1 }, { expireInMs: UPDATE_KEPT_MS });
    });
  }

  async #forget(update: number): Promise<void> {
    await this.#parts.store.delete(rows.telegramUpdate(this.#parts.botId, update));
  }
}

/**
 * What must be done in order. A topic is one session's; buttons wait only for others of the same
 * message, so that an approval need not wait for an upload.
 */
function laneOf(incoming: Incoming): string {
  const { chat, kind } = incoming;
  if (kind === "press") return `${chat.id} press ${incoming.message}`;
  return kind === "message" ? `${chat.id} ${incoming.thread ?? ""}` : `${chat.id} ${kind}`;
}

/** Which messages would belong to it; undefined: it stands alone. */
function continuationOf(
  { album, file, text, from }: IncomingMessage,
): ((next: IncomingMessage) => boolean) | undefined {
  if (album !== null) return (next) => next.album === album && !next.edited;
  if (file !== null || text.length < PIECE_UNITS || text.startsWith("/")) return undefined;
  let isNext = true; // of what waits only the very next, so that nothing is overtaken
  return (next) => {
    const fits = isNext && next.from.id === from.id && next.file === null && !next.edited &&
      !next.text.startsWith("/");
    isNext = false;
    return fits;
  };
}

function takeMessages(
  lane: Lane<Incoming>,
  fits: (message: IncomingMessage) => boolean,
): IncomingMessage[] {
  const taken = lane.take((item) => item.kind === "message" && fits(item));
  return taken.filter((item) => item.kind === "message");
}

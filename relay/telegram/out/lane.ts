import { type Clock, type Log, sleep } from "@chatcode/kit";
import type { Budget } from "./budget.ts";
import type { Outbox } from "./outbox.ts";
import { BACKLOG_AGE_MS, isAhead, ITEM_KEPT_MS, placeOf, type WaitingItem } from "./item.ts";

/** What goes first in a chat. */
export const RANKS = { approval: 0, reply: 0, final: 1, file: 2, progress: 3, typing: 4 } as const;
export type Priority = keyof typeof RANKS;

/** Jobs of one lane; one more takes the place of the oldest that only decorates, or is refused. */
export const MAX_JOBS = 500;

/** Messages that cannot be sent for a reason of ours stand in the way of no other. */
export const MAX_FAILURES = 60;

/** After a failure of the store or of ours the next try comes this much later, in milliseconds. */
const RETRY_MS = 1_000;

/** How often a lane looks whether it may send again, in milliseconds. */
const CLOSED_LOOK_MS = 1_000;

/** Something to do in a chat that is not kept over a restart; each run makes one call at most. */
export interface Job {
  readonly priority: Priority;
  /** Not before then. */
  readonly readyAtMs: number;
  run(): Promise<void>;
  /** It will not run: it only decorates, and there is no room or time for it. */
  dropped?(): void;
}

export interface LaneParts {
  readonly budget: Budget;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether messages may go there now. */
  isOpen(): boolean;
  /** Sends `items`, of one place, as one message, or takes a step towards it: one call at most. */
  send(items: readonly WaitingItem[], about: { isBacklog: boolean }): Promise<void>;
  /** They waited for too long, or cannot be sent. */
  expire(items: readonly WaitingItem[]): Promise<void>;
}

type Step =
  | { state: "ready"; items: readonly WaitingItem[]; isBacklog: boolean }
  | { state: "job"; key: string; job: Job }
  | { state: "wait"; ms: number | undefined };

/**
 * What is sent to one chat, one call after the other, at the pace that Telegram allows. By rank; then
 * what is new before what has waited long; then in the order in which it came. Of one session, nothing
 * overtakes anything but approvals, replies and jobs.
 */
export class Lane implements AsyncDisposable {
  readonly #parts: LaneParts;
  readonly #jobs = new Map<string, Job>();
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #woken = Promise.withResolvers<void>();

  constructor(readonly chat: number, parts: LaneParts) {
    this.#parts = parts;
    this.#running = this.#run();
  }

  /** Something has changed: look again what comes next. */
  wake(): void {
    this.#woken.resolve();
  }

  /** In place of an earlier job with that key. @returns false if there are too many */
  put(key: string, job: Job): boolean {
    this.#jobs.delete(key);
    if (this.#jobs.size >= MAX_JOBS) {
      const decoration = [...this.#jobs].find(([, job]) => isCosmetic(job.priority));
      if (!decoration) return false;
      this.#jobs.delete(decoration[0]);
      decoration[1].dropped?.();
    }
    this.#jobs.set(key, job);
    this.wake();
    return true;
  }

  drop(key: string): void {
    this.#jobs.delete(key);
  }

  /** Telegram asks to be left alone: what only decorates is not worth a call afterwards. */
  dropCosmetic(): void {
    for (const [key, job] of this.#jobs) {
      if (!isCosmetic(job.priority)) continue;
      this.#jobs.delete(key);
      job.dropped?.();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#parts;
    const { signal } = this.#stop;
    let failures = 0;
    while (!signal.aborted) {
      this.#woken = Promise.withResolvers<void>();
      let step: Step | undefined;
      try {
        step = await this.#next();
        if (signal.aborted) return;
        if (step.state === "wait") await this.#wait(step.ms);
        else if (step.state === "ready") await this.#parts.send(step.items, step);
        else {
          this.#jobs.delete(step.key);
          await step.job.run();
        }
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        log.warn("telegram.lane_failed", { chat: this.chat, error });
        await sleep(clock, RETRY_MS, signal).catch(() => {});
        if (failures < MAX_FAILURES || step?.state !== "ready") continue;
        await this.#parts.expire(step.items).catch(() => {});
      }
    }
  }

  async #next(): Promise<Step> {
    const { budget, clock } = this.#parts;
    if (!this.#parts.isOpen()) return { state: "wait", ms: CLOSED_LOOK_MS };
    const nowMs = clock.now();
    const items = await this.#nextItems(nowMs);
    const jobs = [...this.#jobs].sort(([, a], [, b]) => RANKS[a.priority] - RANKS[b.priority]);
    const ready = jobs.find(([, job]) => job.readyAtMs <= nowMs);
    const first = items?.items[0];
    const jobFirst = ready && !first?.doubt &&
      (!first || RANKS[ready[1].priority] < RANKS[first.priority] || isReply(ready[1]));
    if (!first && !ready) {
      const next = Math.min(...jobs.map(([, job]) => job.readyAtMs));
      return { state: "wait", ms: Number.isFinite(next) ? next - nowMs : undefined };
    }
    const cosmetic = jobFirst === true && isCosmetic(ready[1].priority);
    const ms = budget.waitMs(this.chat, { cosmetic });
    if (ms > 0) return { state: "wait", ms };
    if (jobFirst) return { state: "job", key: ready[0], job: ready[1] };
    if (items) return { state: "ready", ...items };
    return { state: "wait", ms: undefined };
  }

  async #nextItems(nowMs: number) {
    const { expire, outbox } = this.#parts;
    const expired = outbox.waiting(this.chat)
      .filter(({ madeAtMs }) => madeAtMs < nowMs - ITEM_KEPT_MS);
    if (expired.length > 0) await expire(expired);
    const waiting = outbox.waiting(this.chat);
    const byPlace = Map.groupBy(
      waiting.filter((item) => !isAhead(item)),
      (item) => placeOf(item.about),
    );
    const heads = [
      ...waiting.filter(isAhead),
      ...[...byPlace.values()].map(([head]) => head!),
    ];
    const isBacklog = ({ madeAtMs }: WaitingItem) => madeAtMs < nowMs - BACKLOG_AGE_MS;
    const orderOf = (item: WaitingItem) =>
      `${RANKS[item.priority]}${isBacklog(item) ? 1 : 0}${item.id}`;
    // What may be there already is looked up before anything else is: it is among the first messages
    // after those that were there when it was sent, and nothing of ours may come between.
    const doubtful = waiting.find(({ doubt }) => doubt !== undefined);
    const first = doubtful ?? heads.sort((a, b) => orderOf(a) < orderOf(b) ? -1 : 1)[0];
    if (first === undefined) return;
    if (first.doubt) {
      const { joint } = first.doubt;
      const items = waiting.filter(({ doubt }) => doubt?.joint === joint);
      return { items, isBacklog: isBacklog(first) };
    }
    if (!isBacklog(first) || isAhead(first)) {
      return { items: [first], isBacklog: isBacklog(first) };
    }
    const queue = byPlace.get(placeOf(first.about)) ?? [first];
    return {
      items: joinable(queue.filter((item) => isBacklog(item) && !item.doubt)),
      isBacklog: true,
    };
  }

  async #wait(ms: number | undefined): Promise<void> {
    const woken = this.#woken.promise;
    if (ms === undefined) return await woken;
    const done = new AbortController();
    const slept = sleep(this.#parts.clock, ms, done.signal).catch(() => {});
    await Promise.race([woken, slept]);
    done.abort();
  }
}

/** Items of one joined message; KV checks that many in one commit with room to spare. */
const MAX_JOINED = 8;

/** Of a joined message, so that its heading and the session's name still fit. */
export const JOINED_UNITS = 3_900;
export const JOINED_ENTITIES = 90;

/** Between two texts of a joined message. */
export const JOINT = "\n\n— — —\n\n";

/** The first items of `queue` that fit in one message, in order. */
function joinable(queue: readonly WaitingItem[]): WaitingItem[] {
  const joined: WaitingItem[] = [];
  let [units, entities] = [0, 0];
  for (const item of queue) {
    units += item.units + JOINT.length;
    entities += item.entities;
    const fits = units <= JOINED_UNITS && entities <= JOINED_ENTITIES && joined.length < MAX_JOINED;
    if (joined.length > 0 && (!fits || item.type !== "text")) break;
    joined.push(item);
    if (item.type !== "text") break;
  }
  return joined;
}

function isCosmetic(priority: Priority): boolean {
  return RANKS[priority] >= RANKS.progress;
}

function isReply({ priority }: Job): boolean {
  return priority === "reply";
}

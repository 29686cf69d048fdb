import type { EventFrame, Snapshot } from "@chatcode/protocol";
import { amend, EMPTY_OVERVIEW, type Overview, overviewOf } from "./overview.ts";
import { type Observable, Source } from "./observable.ts";

/** Events kept while a snapshot is on its way; beyond it they are dropped and asked for anew. */
const MAX_WAITING_EVENTS = 1_000;

/**
 * Keeps the overview true over events that come in order, with gaps. After a gap it asks for a
 * snapshot and goes on from there. SPEC [EV2], [EV3].
 */
export class StateFeed {
  readonly #overview = new Source<Overview>(EMPTY_OVERVIEW);
  readonly #askSnapshot: () => Promise<Snapshot>;
  #lastSeq = 0;
  #waiting: EventFrame[] | undefined;
  /** Counts sockets: a snapshot asked for in an earlier one is no use in this one. */
  #generation = 0;

  constructor(askSnapshot: () => Promise<Snapshot>) {
    this.#askSnapshot = askSnapshot;
  }

  get overview(): Observable<Overview> {
    return this.#overview;
  }

  /** A new socket's first snapshot. */
  start(snapshot: Snapshot): void {
    this.#generation += 1;
    this.#waiting = undefined;
    this.#take(snapshot);
  }

  event(frame: EventFrame): void {
    if (this.#waiting !== undefined) {
      if (this.#waiting.length < MAX_WAITING_EVENTS) this.#waiting.push(frame);
      return;
    }
    if (frame.seq <= this.#lastSeq) return;
    if (frame.seq > this.#lastSeq + 1) return this.#repair(frame);
    this.#lastSeq = frame.seq;
    this.#overview.value = amend(this.#overview.value, frame);
  }

  #take(snapshot: Snapshot): void {
    this.#lastSeq = snapshot.eventSeq;
    this.#overview.value = overviewOf(snapshot);
  }

  #repair(frame: EventFrame): void {
    const generation = this.#generation;
    this.#waiting = [frame];
    this.#askSnapshot().then((snapshot) => {
      if (generation !== this.#generation) return;
      const waiting = this.#waiting ?? [];
      this.#waiting = undefined;
      this.#take(snapshot);
      for (const frame of waiting) this.event(frame);
    }, () => {
      // The next event finds the gap still there and asks again; a lost socket starts over.
      if (generation === this.#generation) this.#waiting = undefined;
    });
  }
}

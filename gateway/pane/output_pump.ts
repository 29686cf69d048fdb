import { type Clock, systemClock } from "@chatcode/kit";
import { Credit, MAX_OUTPUT_BYTES } from "@chatcode/protocol";
import { Ring, RING_BYTES } from "./ring.ts";
import type { ViewerEvent, ViewerSink } from "./viewer_event.ts";

export interface OutputPumpOptions {
  /** More waits than the ring holds: what was not sent is gone, and reading on is of no use. */
  readonly onOverrun: () => void;
  readonly ringBytes?: number;
  readonly clock?: Clock;
}

/** In a stream of output a piece is sent this often, in milliseconds; after quiet at once. */
export const COALESCE_MS = 5;

interface Mark {
  readonly seq: number;
  readonly event: ViewerEvent;
}

/**
 * From a tmux client's output to a viewer, through the ring and against credit. The viewer is a
 * cursor into the ring; marks (resync, size) travel at their place in the stream.
 */
export class OutputPump {
  readonly #options: OutputPumpOptions;
  readonly #clock: Clock;
  readonly #ring: Ring;
  /** Not yet sent, by seq. */
  #marks: Mark[] = [];
  /** The first seq from which a replay makes sense. */
  #replayFrom = 0;
  #cursor = 0;
  #credit = new Credit(0);
  #sink: ViewerSink | undefined;
  #started = false;
  #timer: Disposable | undefined;
  #sentAtMs = 0;
  #echoDue = false;

  constructor(options: OutputPumpOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#ring = new Ring(options.ringBytes ?? RING_BYTES);
  }

  get endSeq(): number {
    return this.#ring.endSeq;
  }

  get creditBytes(): number {
    return this.#credit.left;
  }

  append(bytes: Uint8Array): void {
    const waits = this.endSeq - this.#cursor;
    if (waits > 0 && waits + bytes.length > this.#ring.capacityBytes) this.flush();
    this.#ring.append(bytes);
    if (this.#cursor < this.#ring.oldestSeq) return this.#options.onOverrun();
    if (this.#started && this.#credit.left > 0) this.#schedule();
  }

  /** An event at this place of the stream. A replay cannot cross it. */
  mark(event: ViewerEvent): void {
    this.#marks.push({ seq: this.endSeq, event });
    this.#replayFrom = this.endSeq;
    this.flush();
  }

  /**
   * Drops what waits and begins anew: `event` is told right before the first byte that comes, so
   * that the viewer's old screen stays until there is a new one.
   */
  restart(event: ViewerEvent): void {
    this.drop();
    this.#marks = this.#marks.filter((mark) => mark.event.type !== "resync");
    this.#marks.push({ seq: this.endSeq, event });
    // Whoever has all bytes before the mark may still not have the mark.
    this.#replayFrom = this.endSeq + 1;
  }

  /** Forgets the bytes that wait; a restart must follow. Sizes that wait are told now. */
  drop(): void {
    this.#ring.prune();
    this.#cursor = this.endSeq;
    this.#marks = this.#marks.map(({ event }) => ({ seq: this.endSeq, event }));
    this.#replayFrom = this.endSeq + 1;
    this.flush();
  }

  canReplay(seq: number): boolean {
    return seq >= Math.max(this.#replayFrom, this.#ring.oldestSeq) && seq <= this.endSeq;
  }

  /**
   * The next viewer, from `seq` on. Nothing is sent before `start()`. Sizes that wait are for the one
   * before.
   */
  bind(sink: ViewerSink, options: { creditBytes: number; seq: number }): void {
    this.#clearTimer();
    this.#marks = this.#marks.filter(({ event }) => event.type !== "size");
    this.#cursor = options.seq;
    this.#credit = new Credit(undefined, options.creditBytes);
    this.#sink = sink;
    this.#started = false;
  }

  start(): void {
    this.#started = this.#sink !== undefined;
    this.flush();
  }

  unbind(): void {
    this.#sink = undefined;
    this.#started = false;
    this.#credit = new Credit(0);
    this.#clearTimer();
  }

  grant(bytes: number): void {
    this.#credit.grant(bytes);
    this.flush();
  }

  /** A key went in: its echo must not wait for company. */
  expectEcho(): void {
    this.#echoDue = true;
  }

  /** Sends what there is and credit allows. */
  flush(): void {
    this.#clearTimer();
    for (;;) {
      this.#sendMarks();
      const until = this.#marks.find(({ seq }) => seq > this.#cursor)?.seq ?? this.endSeq;
      const length = Math.min(until - this.#cursor, this.#credit.left, MAX_OUTPUT_BYTES);
      if (this.#sink === undefined || !this.#started || length <= 0) return;
      const read = this.#ring.read(this.#cursor, length);
      if (read.state !== "bytes") return;
      this.#cursor += read.bytes.length;
      this.#credit.take(read.bytes.length);
      this.#sentAtMs = this.#clock.now();
      this.#echoDue = false;
      this.#sink({ type: "bytes", seq: read.seq, bytes: read.bytes });
    }
  }

  #sendMarks(): void {
    for (let head = this.#marks[0]; head !== undefined; head = this.#marks[0]) {
      const isDue = head.seq <= this.#cursor &&
        (head.event.type !== "resync" || this.endSeq > head.seq);
      if (this.#sink === undefined || !this.#started || !isDue) return;
      this.#marks.shift();
      this.#sink(head.event);
    }
  }

  #schedule(): void {
    const waits = this.endSeq - this.#cursor;
    const dueMs = this.#sentAtMs + COALESCE_MS - this.#clock.now();
    if (this.#echoDue || dueMs <= 0 || waits >= MAX_OUTPUT_BYTES) this.flush();
    else this.#timer ??= this.#clock.setTimer(() => this.flush(), Math.min(dueMs, COALESCE_MS));
  }

  #clearTimer(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }
}

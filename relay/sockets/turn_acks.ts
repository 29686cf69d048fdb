import type { Clock } from "@chatcode/kit";
import type { FrameOf, SessionId } from "@chatcode/protocol";

/** Between two acknowledgements of one session, in milliseconds. */
export const TURN_ACK_EVERY_MS = 50;

interface Told {
  outbox: number;
  done: boolean;
}

/**
 * What one socket's machine need not tell again. A session's turns are acknowledged up to the first
 * that is not safe yet, and at most every `TURN_ACK_EVERY_MS`. SPEC [TU7].
 */
export class TurnAcks implements Disposable {
  readonly #clock: Clock;
  readonly #send: (ack: FrameOf<"turn-ack">) => void;
  /** In the order told; neighbours that are done are one. Only sessions with something to say. */
  readonly #told = new Map<SessionId, Told[]>();
  #timer: Disposable | undefined;
  #closed = false;

  constructor(clock: Clock, send: (ack: FrameOf<"turn-ack">) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /** A turn that is safe as soon as it is told. */
  done(session: SessionId, outbox: number): void {
    const told = this.#of(session);
    const last = told.at(-1);
    if (last?.done) last.outbox = Math.max(last.outbox, outbox);
    else told.push({ outbox, done: true });
    this.#schedule();
  }

  /** A turn that is safe only when the returned function is called. */
  pending(session: SessionId, outbox: number): () => void {
    const entry = { outbox, done: false };
    this.#of(session).push(entry);
    return () => {
      entry.done = true;
      this.#schedule();
    };
  }

  /** Nothing is sent any more: the machine tells anew in its next socket. */
  [Symbol.dispose](): void {
    this.#closed = true;
    this.#timer?.[Symbol.dispose]();
    this.#told.clear();
  }

  #of(session: SessionId): Told[] {
    const told = this.#told.get(session) ?? [];
    this.#told.set(session, told);
    return told;
  }

  #schedule(): void {
    if (this.#closed || this.#timer) return;
    this.#timer = this.#clock.setTimer(() => this.#flush(), TURN_ACK_EVERY_MS);
  }

  #flush(): void {
    this.#timer = undefined;
    for (const [session, told] of [...this.#told]) {
      const open = told.findIndex(({ done }) => !done);
      const safe = told.splice(0, open < 0 ? told.length : open);
      if (told.length === 0) this.#told.delete(session);
      if (safe.length === 0) continue;
      this.#send({
        type: "turn-ack",
        session,
        outbox: Math.max(...safe.map(({ outbox }) => outbox)),
      });
    }
  }
}

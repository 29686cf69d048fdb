import type { Clock } from "@chatcode/kit";
import {
  type ErrorCode,
  MAX_IN_FLIGHT,
  ProtocolError,
  REQUEST_TIMEOUT_MS,
  type ResFrame,
} from "@chatcode/protocol";

interface Question {
  answer(res: ResFrame): void;
  timer: Disposable;
  finalWithinMs: number;
}

/** Unanswered requests to one host: each is answered exactly once, be it by a deadline. SPEC [RQ4]. */
export class Pending {
  readonly #questions = new Map<string, Question>();
  readonly #clock: Clock;
  #next = 1;

  constructor(clock: Clock, readonly limit: number = MAX_IN_FLIGHT * 16) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#questions.size;
  }

  /**
   * @param finalWithinMs how long the final answer of long work may take after `accepted`
   * @returns the id to send the request under
   * @throws ProtocolError LIMIT_REACHED
   */
  add(answer: (res: ResFrame) => void, finalWithinMs: number = REQUEST_TIMEOUT_MS): string {
    if (this.#questions.size >= this.limit) {
      throw new ProtocolError("LIMIT_REACHED", "Cannot ask the host: too many open requests");
    }
    const id = String(this.#next++);
    this.#questions.set(id, {
      answer,
      finalWithinMs,
      timer: this.#deadline(id, REQUEST_TIMEOUT_MS),
    });
    return id;
  }

  /** Passes a host's answer on; an answer nobody waits for is dropped. */
  settle(res: ResFrame): void {
    const question = this.#questions.get(res.id);
    if (!question) return;
    question.timer[Symbol.dispose]();
    if (res.ok && "accepted" in res) {
      question.timer = this.#deadline(res.id, question.finalWithinMs);
    } else {
      this.#questions.delete(res.id);
    }
    question.answer(res);
  }

  /** Answers everything with `code`: the host is gone. */
  fail(code: ErrorCode, message: string): void {
    const error = new ProtocolError(code, message).toWire();
    for (const id of [...this.#questions.keys()]) {
      this.settle({ type: "res", id, ok: false, error });
    }
  }

  #deadline(id: string, ms: number): Disposable {
    return this.#clock.setTimer(() => {
      const error = new ProtocolError(
        "TIMEOUT",
        "Cannot tell the outcome: the host did not answer",
      );
      this.settle({ type: "res", id, ok: false, error: error.toWire() });
    }, ms);
  }
}

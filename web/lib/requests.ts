import {
  encodeFrame,
  type MethodInput,
  type MethodName,
  type MethodResult,
  methods,
  ProtocolError,
  REQUEST_TIMEOUT_MS,
  type ResFrame,
} from "@chatcode/protocol";
import type { Clock } from "@chatcode/kit";

/** A little longer than the relay's own deadline, so that its answer is the one that is seen. */
export const REQUEST_DEADLINE_MS = REQUEST_TIMEOUT_MS + 3_000;

export interface RequestOptions {
  /** From now to the answer, reconnects included. Default: `REQUEST_DEADLINE_MS`. */
  readonly deadlineMs?: number;
  /** Default for methods that change something: a random one. */
  readonly idempotencyKey?: string;
  /** Long work has begun; its answer follows. SPEC [RQ4]. */
  readonly onAccepted?: () => void;
}

type Settle = (
  answer: { ok: true; payload: unknown } | { ok: false; error: ProtocolError },
) => void;

interface Pending {
  readonly id: string;
  readonly method: MethodName;
  readonly frame: string;
  /** Asked again in the next socket. False for what concerns a channel, which ends with its socket. */
  readonly survives: boolean;
  readonly settle: Settle;
  readonly onAccepted: (() => void) | undefined;
  timer: Disposable | undefined;
  sent: boolean;
}

/**
 * Requests on their way. Those that do not concern a channel outlive the socket: they change nothing
 * or carry an idempotency key, so asking again is safe. SPEC [RQ5].
 */
export class Requests {
  readonly #clock: Clock;
  readonly #pending = new Map<string, Pending>();
  #send: ((frame: string) => void) | undefined;
  #maxInFlight = 1;
  #lastId = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The socket is ready: sends what waits. */
  attach(send: (frame: string) => void, maxInFlight: number): void {
    this.#send = send;
    this.#maxInFlight = maxInFlight;
    this.#flush();
  }

  /** The socket is gone. */
  detach(): void {
    this.#send = undefined;
    for (const request of [...this.#pending.values()]) {
      request.sent = false;
      if (!request.survives) this.#fail(request, "UNAVAILABLE", "the connection was lost");
    }
  }

  /** There will be no other socket. */
  end(why: string): void {
    this.#send = undefined;
    for (const request of [...this.#pending.values()]) this.#fail(request, "UNAVAILABLE", why);
  }

  /**
   * Calls `settle` once, in the turn in which the answer arrives: frames that follow the answer of
   * `terminal.attach` find the channel ready.
   */
  ask<M extends MethodName>(
    method: M,
    params: MethodInput<M>,
    options: RequestOptions & {
      settle: (
        answer: { ok: true; payload: MethodResult<M> } | { ok: false; error: ProtocolError },
      ) => void;
    },
  ): void {
    const { mutates, result } = methods[method];
    const id = String(++this.#lastId);
    const idempotencyKey = options.idempotencyKey ?? (mutates ? crypto.randomUUID() : undefined);
    const request: Pending = {
      id,
      method,
      frame: encodeFrame({
        type: "req",
        id,
        method,
        params: params as Record<string, unknown>,
        ...(idempotencyKey !== undefined && { idempotencyKey }),
      }),
      survives: !("channel" in params),
      settle: (answer) => {
        if (!answer.ok) return options.settle(answer);
        const parsed = result.safeParse(answer.payload);
        options.settle(
          parsed.success
            ? { ok: true, payload: parsed.data as MethodResult<M> }
            : { ok: false, error: refusal(method, "INTERNAL", "the answer was not understood") },
        );
      },
      onAccepted: options.onAccepted,
      timer: undefined,
      sent: false,
    };
    this.#pending.set(id, request);
    request.timer = this.#clock.setTimer(
      () => this.#fail(request, "TIMEOUT", "no answer in time"),
      options.deadlineMs ?? REQUEST_DEADLINE_MS,
    );
    if (this.#send === undefined && !request.survives) {
      return this.#fail(request, "UNAVAILABLE", "not connected");
    }
    this.#flush();
  }

  answer(frame: ResFrame): void {
    const request = this.#pending.get(frame.id);
    if (request === undefined) return; // late, or a second answer
    if (frame.ok && "accepted" in frame) {
      // Long work has begun: its method says how long it may take. SPEC [RQ4].
      request.timer?.[Symbol.dispose]();
      request.onAccepted?.();
      return;
    }
    this.#drop(request);
    if (frame.ok) request.settle({ ok: true, payload: frame.payload });
    else request.settle({ ok: false, error: ProtocolError.fromWire(frame.error) });
    this.#flush();
  }

  #flush(): void {
    const send = this.#send;
    if (send === undefined) return;
    let inFlight = 0;
    for (const request of this.#pending.values()) {
      if (inFlight >= this.#maxInFlight) return;
      inFlight += 1;
      if (request.sent) continue;
      request.sent = true;
      send(request.frame);
    }
  }

  #fail(request: Pending, code: "UNAVAILABLE" | "TIMEOUT", why: string): void {
    if (this.#pending.get(request.id) !== request) return;
    this.#drop(request);
    request.settle({ ok: false, error: refusal(request.method, code, why) });
  }

  #drop(request: Pending): void {
    request.timer?.[Symbol.dispose]();
    this.#pending.delete(request.id);
  }
}

function refusal(method: string, code: "UNAVAILABLE" | "TIMEOUT" | "INTERNAL", why: string) {
  return new ProtocolError(code, `Cannot finish ${method}: ${why}`);
}

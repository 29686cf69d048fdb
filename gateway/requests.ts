import type { Log } from "@chatcode/kit";
import {
  type HostId,
  isMethodName,
  isRelayMethodName,
  issues,
  type MethodName,
  type MethodParams,
  type MethodResult,
  methods,
  ProtocolError,
  type RelayMethodName,
  type RelayMethodParams,
  type RelayMethodResult,
  relayMethods,
  type ReqFrame,
  type ResFrame,
  toWireError,
} from "@chatcode/protocol";
import { Idempotency } from "./idempotency.ts";

/** The methods that a client may ask a host for. SPEC 8. */
type ClientMethodName = Exclude<
  MethodName,
  "hosts.list" | "state.snapshot" | "sessions.focus"
>;

/** The methods a host answers. */
export type HostMethodName = ClientMethodName | RelayMethodName;

/** Where a request comes from, and what belongs to its answer. */
export interface RequestScope {
  /** Whose request it is, as the relay says; "local" over the control socket. */
  readonly principal: string;
  readonly idempotencyKey: string | undefined;
  /** Ends when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Runs `fn` right after the answer was sent: what must not overtake it. SPEC [AT1]. */
  afterAnswer(fn: () => void): void;
}

export type HostMethods =
  & {
    readonly [M in ClientMethodName]: (
      params: MethodParams<M>,
      scope: RequestScope,
    ) => Promise<MethodResult<M>>;
  }
  & {
    readonly [M in RelayMethodName]: (
      params: RelayMethodParams<M>,
      scope: RequestScope,
    ) => Promise<RelayMethodResult<M>>;
  };

const table = { ...methods, ...relayMethods };

export interface RequestsOptions {
  readonly hostId: HostId;
  /** Those that this door answers. */
  readonly methods: Partial<HostMethods>;
  readonly log: Log;
  readonly idempotency?: Idempotency;
}

export interface RequestSource {
  readonly signal: AbortSignal;
  /** For requests that name no principal. */
  readonly principal: string;
  respond(frame: ResFrame): void;
}

/** Unanswered requests over all; the relay bounds each client to fewer. SPEC [RQ6]. */
const MAX_UNANSWERED = 1_024;

/** Checks requests, has them answered, and sends each answer. SPEC [RQ1] to [RQ6], [MH1]. */
export class Requests {
  readonly #options: RequestsOptions;
  readonly #idempotency: Idempotency;
  #unanswered = 0;

  constructor(options: RequestsOptions) {
    this.#options = options;
    this.#idempotency = options.idempotency ?? new Idempotency();
  }

  /** Never throws: what goes wrong is the answer. */
  async answer(frame: ReqFrame, source: RequestSource): Promise<void> {
    const after: (() => void)[] = [];
    this.#unanswered += 1;
    try {
      const payload = await this.#act(frame, source, after);
      source.respond({ type: "res", id: frame.id, ok: true, payload });
      for (const fn of after) fn();
    } catch (thrown) {
      this.#logFailure(frame.method, thrown);
      source.respond({ type: "res", id: frame.id, ok: false, error: toWireError(thrown) });
    } finally {
      this.#unanswered -= 1;
    }
  }

  /** What the peer did wrong is its own business; what failed here is ours. */
  #logFailure(method: string, thrown: unknown): void {
    const { log } = this.#options;
    if (!(thrown instanceof ProtocolError)) {
      log.error("request.failed", { method, error: thrown });
    } else if (thrown.code === "TMUX_FAILED" || thrown.code === "UNAVAILABLE") {
      log.warn("request.failed", { method, code: thrown.code, error: thrown.cause });
    }
  }

  async #act(frame: ReqFrame, source: RequestSource, after: (() => void)[]): Promise<unknown> {
    if (this.#unanswered > MAX_UNANSWERED) {
      throw new ProtocolError("LIMIT_REACHED", "Cannot answer: too many requests at once");
    }
    const { method, params } = this.#parse(frame);
    const { long, mutates } = table[method];
    const key = frame.idempotencyKey;
    const principal = frame.principal ?? source.principal;
    if (mutates && key === undefined) {
      throw new ProtocolError("INVALID_REQUEST", `Cannot do ${method}: it needs an idempotencyKey`);
    }
    if (long) source.respond({ type: "res", id: frame.id, ok: true, accepted: true });
    const scope: RequestScope = {
      principal,
      idempotencyKey: key,
      signal: source.signal,
      afterAnswer: (fn) => void after.push(fn),
    };
    // The params were parsed by this very method's schema.
    const act = this.#options.methods[method] as (
      params: unknown,
      scope: RequestScope,
    ) => Promise<unknown>;
    if (!mutates || key === undefined) return await act(params, scope);
    return await this.#idempotency.once({ principal, key, method, params }, () => {
      return act(params, scope);
    });
  }

  #parse(frame: ReqFrame): { method: HostMethodName; params: unknown } {
    const { method } = frame;
    if (!this.#isAnswered(method)) {
      throw new ProtocolError("UNKNOWN_METHOD", `Cannot answer: no method "${method}" here`);
    }
    const parsed = table[method].params.safeParse(frame.params);
    if (!parsed.success) {
      throw new ProtocolError("INVALID_REQUEST", `Cannot do ${method}: ${issues(parsed.error)}`);
    }
    const params = parsed.data;
    if ("host" in params && params.host !== this.#options.hostId) {
      throw new ProtocolError("HOST_NOT_FOUND", `Cannot do ${method}: this is another host`);
    }
    return { method, params };
  }

  #isAnswered(method: string): method is HostMethodName {
    const isKnown = isMethodName(method) || isRelayMethodName(method);
    return isKnown && Object.hasOwn(this.#options.methods, method);
  }
}

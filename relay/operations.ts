import {
  type Host,
  type HostId,
  issues,
  type MethodInput,
  type MethodName,
  type MethodParams,
  type MethodResult,
  methods,
  PROMPT_TIMEOUT_MS,
  ProtocolError,
  type ReqFrame,
  REQUEST_TIMEOUT_MS,
  type ResFrame,
  type Session,
} from "@chatcode/protocol";
import type { Log } from "@chatcode/kit";
import type { Principal } from "./auth/principal.ts";
import { type Action, may } from "./auth/rights.ts";
import type { Roster } from "./roster.ts";
import { forHost } from "./sockets/for_host.ts";
import type { HostSocket } from "./sockets/host_socket.ts";
import { METHOD_ACTION } from "./sockets/method_rights.ts";

/** The methods that a machine answers without a channel of the asker's. */
export type CallName = {
  [M in MethodName]: MethodParams<M> extends { host: HostId } ? M : never;
}[Exclude<MethodName, "terminal.attach" | "previews.create" | "sessions.focus">];

export interface CallOptions {
  /** Needed by methods that change something; the same key acts once. SPEC [RQ5]. */
  readonly idempotencyKey?: string;
  /** The machine was asked: from now on, whatever is thrown, it may act. */
  readonly onAsked?: () => void;
  /** Long work has begun. SPEC [RQ4]. */
  readonly onAccepted?: () => void;
  /** Stops the waiting, not the work. */
  readonly signal?: AbortSignal;
}

export interface OperationsParts {
  readonly roster: Roster;
  readonly log: Log;
  /** @returns the host's socket, or undefined if it is not connected here */
  hostSocket(id: HostId): HostSocket | undefined;
}

/**
 * What the relay does on machines in a principal's name, for a client's socket and for its own
 * channels (Telegram, previews) alike: the same rights, keys and deadlines.
 */
export class Operations {
  readonly #parts: OperationsParts;

  constructor(parts: OperationsParts) {
    this.#parts = parts;
  }

  /** The machines that `principal` may know of. */
  hosts(principal: Principal): Host[] {
    return this.#parts.roster.hosts().filter(({ id }) => may(principal, "host.view", id));
  }

  /** The sessions on them. */
  sessions(principal: Principal): Session[] {
    return this.#parts.roster.sessions().filter(({ host }) => may(principal, "host.view", host));
  }

  /**
   * The socket of a machine on which `principal` may do `method`.
   * @throws ProtocolError HOST_NOT_FOUND, FORBIDDEN, HOST_OFFLINE
   */
  host(principal: Principal, method: MethodName, id: HostId): HostSocket {
    return this.hostFor(principal, METHOD_ACTION[method], id);
  }

  /**
   * The socket of a machine on which `principal` may do `action`.
   * @throws ProtocolError HOST_NOT_FOUND, FORBIDDEN, HOST_OFFLINE
   */
  hostFor(principal: Pick<Principal, "role" | "hosts">, action: Action, id: HostId): HostSocket {
    this.#check(principal, action, id);
    const socket = this.#parts.hostSocket(id);
    if (!socket) throw new ProtocolError("HOST_OFFLINE", "Cannot ask: the machine is offline");
    return socket;
  }

  /** Whether `principal` may do `method` there. @throws ProtocolError HOST_NOT_FOUND, FORBIDDEN */
  check(principal: Principal, method: MethodName, id: HostId): void {
    this.#check(principal, METHOD_ACTION[method], id);
  }

  /**
   * Passes a checked request to its machine; `answer` is called once, or twice for long work.
   * @throws ProtocolError as `host()`; LIMIT_REACHED
   */
  ask(
    principal: Principal,
    method: MethodName,
    req: Pick<ReqFrame, "idempotencyKey"> & { params: { host: HostId; timeoutMs?: number } },
    answer: (res: ResFrame) => void,
  ): void {
    const { params } = req;
    const finalWithinMs = methods[method].long
      ? (params.timeoutMs ?? PROMPT_TIMEOUT_MS) + REQUEST_TIMEOUT_MS // the host's deadline comes first
      : undefined;
    const host = this.host(principal, method, params.host);
    host.ask(forHost(principal, { ...req, method }, params), answer, finalWithinMs);
  }

  /**
   * Asks and waits for the (final) answer.
   * @throws ProtocolError INVALID_REQUEST, HOST_NOT_FOUND, FORBIDDEN, HOST_OFFLINE, LIMIT_REACHED,
   * TIMEOUT, whatever the machine answers, INTERNAL if that answer is not valid; the signal's reason
   */
  async call<M extends CallName>(
    principal: Principal,
    method: M,
    params: MethodInput<M>,
    options: CallOptions = {},
  ): Promise<MethodResult<M>> {
    const { idempotencyKey, onAsked, onAccepted, signal } = options;
    signal?.throwIfAborted();
    const parsed = methods[method].params.safeParse(params);
    if (!parsed.success) {
      throw new ProtocolError("INVALID_REQUEST", `Cannot ask "${method}": ${issues(parsed.error)}`);
    }
    if (methods[method].mutates && idempotencyKey === undefined) {
      throw new TypeError(`Cannot ask "${method}": it needs an idempotencyKey`);
    }
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const onAbort = () => reject(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      const req = {
        params: parsed.data as { host: HostId },
        ...(idempotencyKey !== undefined && { idempotencyKey }),
      };
      this.ask(principal, method, req, (res) => {
        if (!res.ok) reject(ProtocolError.fromWire(res.error));
        else if ("accepted" in res) onAccepted?.();
        else resolve(res.payload);
      });
      onAsked?.();
      return this.#checked(method, await promise);
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  #check(principal: Pick<Principal, "role" | "hosts">, action: Action, id: HostId): void {
    // A machine that one may not see looks like one that is not there.
    if (!this.#parts.roster.host(id) || !may(principal, "host.view", id)) {
      throw new ProtocolError("HOST_NOT_FOUND", "Cannot ask: there is no such machine");
    }
    if (!may(principal, action, id)) {
      throw new ProtocolError("FORBIDDEN", `Cannot do that: your role may not "${action}"`);
    }
  }

  /** A machine's word is checked like anybody's. */
  #checked<M extends CallName>(method: M, payload: unknown): MethodResult<M> {
    const result = methods[method].result.safeParse(payload);
    if (result.success) return result.data as MethodResult<M>;
    this.#parts.log.warn("answer.malformed", { method });
    throw new ProtocolError("INTERNAL", `Cannot use the machine's answer to "${method}"`, {
      cause: result.error,
    });
  }
}

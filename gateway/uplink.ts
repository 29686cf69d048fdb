import { type Clock, type Log, Redial, REDIAL_STABLE_MS, sleep, systemClock } from "@chatcode/kit";
import {
  CLOSE_CODES,
  type EventName,
  type EventPayload,
  type Frame,
  mayRedial,
} from "@chatcode/protocol";
import { ExitError } from "./exit_status.ts";
import { type RelayPeer, RelaySocket, type SocketEnd } from "./relay_socket.ts";

export interface UplinkOptions {
  readonly url: string;
  readonly gatewayId: string;
  readonly token: string;
  readonly log: Log;
  readonly peer: UplinkPeer;
  readonly clock?: Clock;
  readonly redial?: Redial;
  /** When the process began, for the log's `acceptedMs`. Default: now. */
  readonly startedAtMs?: number;
}

export interface UplinkPeer extends RelayPeer {
  /** The connection that was accepted is gone; another is dialled. */
  lost(): void;
}

export interface UplinkStatus {
  readonly state: "dialling" | "connected" | "waiting" | "stopped";
  readonly sinceMs: number;
  /** Why the last connection ended or the last dial failed. */
  readonly lastError?: string;
  /** When the next dial is due, while waiting. */
  readonly nextDialAtMs?: number;
  readonly rttMs?: number;
  readonly relayVersion?: string;
}

/** The one connection to the relay, dialled again whenever it is lost. */
export class Uplink {
  readonly #options: UplinkOptions;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #redial: Redial;
  /** Since when there is no connection. */
  #awaySinceMs: number;
  readonly #stopping = new AbortController();
  #socket: RelaySocket | undefined;
  #acceptedAtMs: number | undefined;
  #eventSeq = 0;
  #stateVersion = 0;
  #status: UplinkStatus;

  constructor(options: UplinkOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#clock = options.clock ?? systemClock;
    this.#redial = options.redial ?? new Redial({ clock: this.#clock });
    this.#awaySinceMs = options.startedAtMs ?? this.#clock.now();
    this.#status = { state: "dialling", sinceMs: this.#clock.now() };
  }

  get status(): UplinkStatus {
    const rttMs = this.#socket?.rttMs;
    return { ...this.#status, ...(rttMs !== undefined && { rttMs }) };
  }

  get connected(): boolean {
    return this.#socket?.accepted === true;
  }

  /** Dropped while not connected. */
  send(frame: Frame): void {
    this.#socket?.send(frame);
  }

  /** One payload of at most MAX_OUTPUT_BYTES. @returns whether it is on its way */
  sendOutput(channel: number, seq: number, bytes: Uint8Array): boolean {
    return this.#socket?.sendOutput(channel, seq, bytes) === true;
  }

  /** One encoded bytes frame of a file. @returns whether it is on its way */
  sendFile(wire: Uint8Array<ArrayBuffer>): boolean {
    return this.#socket?.sendFile(wire) === true;
  }

  /** What waits to be sent. */
  get bufferedBytes(): number {
    return this.#socket?.bufferedBytes ?? 0;
  }

  /** Dropped while not connected: the next hello tells everything anew. SPEC [EV1]. */
  sendEvent<N extends EventName>(event: N, payload: EventPayload<N>): void {
    if (!this.connected) return;
    if (event === "session") this.#stateVersion += 1;
    const seq = ++this.#eventSeq;
    this.send({ type: "event", event, payload, seq, stateVersion: this.#stateVersion });
  }

  /**
   * Dials and redials until stopped.
   * @throws ExitError when dialling again is of no use: refused, protocol, replaced
   */
  async run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const end = await this.#connect();
      if (signal.aborted) break;
      const fatal = fatalEnd(end);
      if (fatal !== undefined) {
        this.#setStatus("stopped", { lastError: fatal.message });
        throw fatal;
      }
      await this.#pause(end, signal);
    }
    this.#setStatus("stopped");
  }

  /** Says so to the relay first. Resolves when the socket is gone, within about a second. */
  async stop(reason: string, restartInMs?: number): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    this.sendEvent("shutdown", { reason, ...(restartInMs !== undefined && { restartInMs }) });
    this.#stopping.abort();
    this.#socket?.close("goingAway", reason);
    await this.#socket?.ended;
  }

  async #connect(): Promise<SocketEnd> {
    const { url, gatewayId, token, peer } = this.#options;
    const last = this.#status.lastError;
    this.#setStatus("dialling", last === undefined ? {} : { lastError: last });
    this.#acceptedAtMs = undefined;
    this.#eventSeq = 0;
    const socket = new RelaySocket({
      url,
      gatewayId,
      token,
      clock: this.#clock,
      peer: {
        hello: () => peer.hello(),
        bytes: (frame) => peer.bytes(frame),
        credit: (frame) => peer.credit(frame),
        request: (frame) => peer.request(frame),
        turnAck: (frame) => peer.turnAck(frame),
        fileEnd: (frame) => peer.fileEnd(frame),
        accepted: (ok) => {
          this.#acceptedAtMs = this.#clock.now();
          this.#redial.accepted();
          this.#setStatus("connected", { relayVersion: ok.server.version });
          this.#log.info("uplink.accepted", {
            acceptedMs: Math.round(this.#acceptedAtMs - this.#awaySinceMs),
            relay: ok.server.instance,
            protocol: ok.protocol,
          });
          peer.accepted(ok);
        },
      },
    });
    this.#socket = socket;
    const end = await socket.ended;
    this.#socket = undefined;
    if (this.#acceptedAtMs !== undefined) {
      this.#awaySinceMs = this.#clock.now();
      peer.lost();
    }
    return end;
  }

  async #pause(end: SocketEnd, signal: AbortSignal): Promise<void> {
    const lastError = describeEnd(end);
    const stable = this.#acceptedAtMs !== undefined &&
      this.#clock.now() - this.#acceptedAtMs >= REDIAL_STABLE_MS;
    const retryAfterMs = retryAfter(end);
    const waitMs = this.#redial.next({ retryAfterMs });
    // The first redial after a good minute is immediate, unless the relay asked for time. [CL3]
    const delayMs = stable && retryAfterMs === undefined ? 0 : waitMs;
    this.#log.warn("uplink.lost", { why: lastError, redialMs: delayMs });
    this.#setStatus("waiting", { lastError, nextDialAtMs: this.#clock.now() + delayMs });
    if (delayMs === 0) return;
    await sleep(this.#clock, delayMs, signal).catch(() => {}); // stopped: run() sees it
  }

  #setStatus(state: UplinkStatus["state"], more: Partial<UplinkStatus> = {}): void {
    this.#status = { state, sinceMs: this.#clock.now(), ...more };
  }
}

/** The table's "no redial" rows, and the upgrade's refusals of the token. SPEC [WS3], [CL1]. */
function fatalEnd(end: SocketEnd): ExitError | undefined {
  if (end.state === "unreachable") return undefined;
  if (end.state === "refused") {
    if (end.status !== 401 && end.status !== 403) return undefined;
    return new ExitError(
      "refused",
      `The relay refuses this gateway's token (${end.message}): ` +
        "rotate it on the machines page and set the new CHATCODE_GATEWAY_AUTH_TOKEN",
    );
  }
  if (end.error?.code === "PROTOCOL_MISMATCH" || end.code === CLOSE_CODES.versionMismatch.code) {
    return new ExitError(
      "protocol",
      "This gateway and the relay have no protocol version in common: update the older one",
    );
  }
  if (mayRedial(end.code)) return undefined;
  switch (end.code) {
    case CLOSE_CODES.revoked.code:
    case CLOSE_CODES.unauthorized.code:
      return new ExitError(
        "refused",
        "The relay revoked this gateway's token: make a new one on the machines page",
      );
    case CLOSE_CODES.replaced.code:
      return new ExitError(
        "replaced",
        "Another gateway connected under this id: stop one of them, or give it an id of its own",
      );
    default:
      return new ExitError("failure", `The relay ended the connection for good (${end.code})`);
  }
}

function describeEnd(end: SocketEnd): string {
  switch (end.state) {
    case "unreachable":
      return `relay unreachable: ${end.message}`;
    case "refused":
      return `relay refused: ${end.message} (HTTP ${end.status})`;
    case "closed":
      return `connection closed with ${end.code}: ${end.error?.message || end.reason || "no word"}`;
    default:
      return end satisfies never;
  }
}

function retryAfter(end: SocketEnd): number | undefined {
  if (end.state === "refused") return end.retryAfterMs;
  return end.state === "closed" ? end.error?.retryAfterMs : undefined;
}

import {
  type BytesFrame,
  CLOSE_CODES,
  encodeFrame,
  type Frame,
  MAX_PROTOCOL,
  type MethodInput,
  type MethodName,
  type MethodResult,
  MIN_PROTOCOL,
  parseBytesFrame,
  parseFrame,
  type Policy,
  ProtocolError,
} from "@chatcode/protocol";
import { type Clock, Redial, systemClock } from "@chatcode/kit";
import { type Channel, Channels, type ChannelSink } from "./channels.ts";
import { Heartbeat } from "./heartbeat.ts";
import { News } from "./news.ts";
import { type Observable, Source } from "./observable.ts";
import type { Overview } from "./overview.ts";
import { type RequestOptions, Requests } from "./requests.ts";
import type { Dial, Socket } from "./socket.ts";
import { afterClose, type ConnectionState, type WhoAmI } from "./connection_state.ts";
import { StateFeed } from "./state_feed.ts";

/** From dialling to hello-ok; a network that swallows packets would else hold us for minutes. */
const DIAL_DEADLINE_MS = 10_000;

export interface ConnectionOptions {
  readonly dial: Dial;
  /** Asked when the relay refuses the socket, to tell "signed out" from "cannot be reached". */
  readonly whoAmI: WhoAmI;
  readonly client: { readonly name: string; readonly version: string };
  readonly clock?: Clock;
  readonly random?: () => number;
}

/**
 * The one socket of a tab: dials, says hello, and dials again for as long as that can help.
 * Requests, the overview and channels are used through it and need not know of sockets.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #clock: Clock;
  readonly #redial: Redial;
  readonly #state = new Source<ConnectionState>({ state: "connecting" });
  readonly #requests: Requests;
  readonly #feed: StateFeed;
  readonly #heartbeat: Heartbeat;
  /** Events for those who follow more than the overview. */
  readonly news = new News();
  readonly #channels = new Channels((wire) => this.#socket?.send(wire));
  #socket: Socket | undefined;
  #opened = false;
  #policy: Policy | undefined;
  #timer: Disposable | undefined;
  #restarting = false;
  #closed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#redial = new Redial({
      clock: this.#clock,
      ...(options.random !== undefined && { random: options.random }),
    });
    this.#requests = new Requests(this.#clock);
    this.#feed = new StateFeed(() => this.request("state.snapshot", {}));
    this.#heartbeat = new Heartbeat(
      this.#clock,
      (id) => this.#send({ type: "ping", id }),
      () => this.#drop(CLOSE_CODES.silent.code),
    );
    this.#dial();
  }

  get state(): Observable<ConnectionState> {
    return this.#state;
  }

  get overview(): Observable<Overview> {
    return this.#feed.overview;
  }

  /** Round trip to the relay in milliseconds; undefined until measured. */
  get rttMs(): Observable<number | undefined> {
    return this.#heartbeat.rttMs;
  }

  /** What the relay holds us to; undefined before the first hello. */
  get policy(): Policy | undefined {
    return this.#policy;
  }

  /** @throws ProtocolError as answered, or TIMEOUT or UNAVAILABLE of our own */
  request<M extends MethodName>(
    method: M,
    params: MethodInput<M>,
    options: RequestOptions = {},
  ): Promise<MethodResult<M>> {
    return new Promise((resolve, reject) => {
      this.#requests.ask(method, params, {
        ...options,
        settle: (answer) => answer.ok ? resolve(answer.payload) : reject(answer.error),
      });
    });
  }

  /** As `request()`, settled in the very turn in which the answer arrives. */
  ask: Requests["ask"] = (method, params, options) => this.#requests.ask(method, params, options);

  /** A lane of its own in the present socket; undefined while there is none. */
  openChannel(sink: ChannelSink): Channel | undefined {
    return this.#state.value.state === "online" ? this.#channels.open(sink) : undefined;
  }

  /**
   * Something suggests that the network is back, or that the socket may be dead without our knowing:
   * dials now, or finds out within seconds.
   */
  nudge(): void {
    const { state } = this.#state.value;
    if (state === "offline") this.#dial();
    else if (state === "online") this.#heartbeat.probe();
  }

  /** Ends it for good. Safe twice. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#letGo(CLOSE_CODES.normal.code);
    this.#end({ state: "closed" });
  }

  #dial(): void {
    this.#timer?.[Symbol.dispose]();
    this.#state.value = { state: "connecting" };
    this.#opened = false;
    this.#restarting = false;
    let socket: Socket;
    try {
      socket = this.#options.dial();
    } catch {
      return void this.#over(1006);
    }
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.#opened = true;
      this.#send({
        type: "hello",
        minProtocol: MIN_PROTOCOL,
        maxProtocol: MAX_PROTOCOL,
        client: { ...this.#options.client, role: "operator" },
        caps: [],
      });
    };
    socket.onmessage = ({ data }: MessageEvent<unknown>) => this.#receive(data);
    socket.onclose = ({ code }) => this.#drop(code);
    socket.onerror = null;
    this.#timer = this.#clock.setTimer(
      () => this.#drop(CLOSE_CODES.silent.code),
      DIAL_DEADLINE_MS,
    );
  }

  #receive(data: unknown): void {
    this.#heartbeat.heard();
    try {
      if (typeof data !== "string") {
        return this.#channels.bytes(parseOutput(data));
      }
      const parsed = parseFrame(data);
      if (parsed.state === "frame") this.#frame(parsed.frame);
    } catch (error) {
      if (!(error instanceof ProtocolError)) console.error(error);
      this.#drop(CLOSE_CODES.malformed.code);
    }
  }

  #frame(frame: Frame): void {
    switch (frame.type) {
      case "hello-ok": {
        this.#timer?.[Symbol.dispose]();
        this.#policy = frame.policy;
        this.#redial.accepted();
        if (frame.snapshot !== undefined) this.#feed.start(frame.snapshot);
        this.#heartbeat.start(frame.policy.tickIntervalMs);
        this.#requests.attach((text) => this.#socket?.send(text), frame.policy.maxInFlight);
        this.#state.value = { state: "online" };
        this.news.start(frame.snapshot?.eventSeq ?? 0);
        return;
      }
      case "hello-error":
        if (frame.error.code === "PROTOCOL_MISMATCH") this.#drop(CLOSE_CODES.versionMismatch.code);
        else if (frame.error.code === "UNAUTHORIZED") this.#drop(CLOSE_CODES.unauthorized.code);
        else this.#drop(CLOSE_CODES.overloaded.code, frame.error.retryAfterMs);
        return;
      case "res":
        return this.#requests.answer(frame);
      case "event":
        if (frame.event === "shutdown") this.#restarting = true;
        this.#feed.event(frame);
        return this.news.tell(frame);
      case "ping":
        return this.#send({ type: "pong", id: frame.id });
      case "pong":
        return this.#heartbeat.pong(frame.id);
      case "resync":
      case "size":
      case "input-ack":
      case "closed":
        return this.#channels.frame(frame);
      case "hello":
      case "req":
      case "credit":
      case "turn-ack":
      case "file-end":
        return; // nothing a relay sends to a client
      default:
        frame satisfies never;
    }
  }

  #send(frame: Frame): void {
    this.#socket?.send(encodeFrame(frame));
  }

  /** The socket ended, or is given up; what follows is decided here and nowhere else. */
  #drop(code: number, retryAfterMs?: number): void {
    if (this.#socket === undefined) return;
    this.#letGo(code);
    void this.#over(code, retryAfterMs);
  }

  #letGo(code: number): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#timer?.[Symbol.dispose]();
    this.#heartbeat.stop();
    if (socket !== undefined) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      // Browsers let a page close with 1000 and 3000 to 4999 only.
      socket.close(code === 1000 || code >= 3000 ? code : 1000);
    }
  }

  async #over(code: number, retryAfterMs?: number): Promise<void> {
    this.#requests.detach();
    const next = afterClose({
      code,
      opened: this.#opened,
      restarting: this.#restarting,
    });
    if (next.state === "ask") {
      // Offline meanwhile, so that a nudge can dial without waiting for the answer.
      this.#wait("unreachable", retryAfterMs);
      const waiting = this.#state.value;
      this.#channels.lost();
      const who = await this.#options.whoAmI();
      if (who === "signed-out" && !this.#closed && this.#socket === undefined) {
        this.#timer?.[Symbol.dispose]();
        this.#end({ state: "signed-out" });
      } else if (who === "signed-in" && this.#state.value === waiting) {
        this.#state.value = { ...waiting, why: "refused" } as ConnectionState;
      }
      return;
    }
    if (next.state === "offline") {
      this.#wait(next.why, retryAfterMs);
      this.#channels.lost();
    } else this.#end({ state: next.state });
  }

  #wait(why: Extract<ConnectionState, { state: "offline" }>["why"], retryAfterMs?: number): void {
    const jitterMs = this.#redial.next({ retryAfterMs });
    // The first redial goes out at once. SPEC [CL3].
    const atOnce = this.#redial.attempts === 1 && retryAfterMs === undefined;
    const waitMs = atOnce ? 0 : jitterMs;
    this.#state.value = { state: "offline", why, retryAtMs: this.#clock.now() + waitMs };
    this.#timer = this.#clock.setTimer(() => this.#dial(), waitMs);
  }

  #end(state: ConnectionState): void {
    this.#state.value = state;
    this.#requests.end(state.state === "signed-out" ? "signed out" : "the connection is closed");
    this.#channels.lost();
  }
}

function parseOutput(data: unknown): BytesFrame {
  if (!(data instanceof ArrayBuffer)) {
    throw new ProtocolError("INVALID_REQUEST", "Cannot parse a frame: neither text nor bytes");
  }
  return parseBytesFrame(new Uint8Array(data));
}

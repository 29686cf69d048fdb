import type { Clock, Log } from "@chatcode/kit";
import {
  type BytesFrame,
  CLOSE_CODES,
  type CloseName,
  encodeFrame,
  type Frame,
  parseBytesFrame,
  parseFrame,
  ProtocolError,
  SILENCE_LIMIT_MS,
  TICK_INTERVAL_MS,
} from "@chatcode/protocol";

/** Who listens to a FrameSocket. `closed` is the last call. */
export interface FrameSink {
  frame(frame: Frame): void;
  /** `wire` is the whole encoded frame and belongs to the callee. */
  bytes(frame: BytesFrame, wire: Uint8Array<ArrayBuffer>): void;
  closed(why: { code: number; byUs: boolean }): void;
}

export interface FrameSocketOptions {
  readonly maxPayloadBytes: number;
  readonly maxBufferedBytes: number;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * One WebSocket that carries this protocol: every inbound frame is validated, every outbound one is
 * counted against a bound, and a silent peer is noticed. SPEC [FR1] [HB1] [FL2].
 *
 * Deno offers no receive back-pressure and no terminate(): a closed FrameSocket therefore stops
 * delivering at once, whatever the runtime still holds.
 */
export class FrameSocket {
  readonly #socket: WebSocket;
  readonly #options: FrameSocketOptions;
  #sink: FrameSink | undefined;
  #heartbeat: Disposable | undefined;
  #heardAtMs: number;
  #pings = 0;
  #pingSentAtMs = 0;
  #rttMs: number | undefined;
  #unknownFrames = 0;

  constructor(socket: WebSocket, sink: FrameSink, options: FrameSocketOptions) {
    this.#socket = socket;
    this.#sink = sink;
    this.#options = options;
    this.#heardAtMs = options.clock.now();
    socket.binaryType = "arraybuffer";
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = (event) => this.#closed(event.code, false);
    socket.onerror = () => {}; // a close event follows and tells the code
    this.#scheduleHeartbeat();
  }

  /** Round trip to the peer in milliseconds, once a pong has come. */
  get rttMs(): number | undefined {
    return this.#rttMs;
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  get open(): boolean {
    return this.#sink !== undefined;
  }

  /** From now on frames go to `sink`: a socket changes hands once, after its hello. */
  handTo(sink: FrameSink): void {
    if (this.#sink) this.#sink = sink;
  }

  send(frame: Frame): void {
    this.#transmit(encodeFrame(frame));
  }

  sendBytes(wire: Uint8Array<ArrayBuffer>): void {
    this.#transmit(wire);
  }

  /** Measures the round trip now instead of at the next tick. */
  ping(): void {
    this.#pingSentAtMs = performance.now();
    this.send({ type: "ping", id: ++this.#pings });
  }

  close(name: CloseName, reason: string = CLOSE_CODES[name].meaning): void {
    if (!this.#sink) return;
    const code = CLOSE_CODES[name].code;
    try {
      this.#socket.close(code, reason.slice(0, 100));
    } catch {
      // It was never opened, or is gone: nothing is left to close.
    }
    this.#closed(code, true);
  }

  #transmit(wire: string | Uint8Array<ArrayBuffer>): void {
    if (!this.#sink || this.#socket.readyState !== WebSocket.OPEN) return;
    if (this.#socket.bufferedAmount + wire.length > this.#options.maxBufferedBytes) {
      this.#options.log.warn("socket.slow", { bufferedBytes: this.#socket.bufferedAmount });
      this.close("slow");
      return;
    }
    this.#socket.send(wire);
  }

  #receive(message: unknown): void {
    if (!this.#sink) return;
    this.#heardAtMs = this.#options.clock.now();
    const size = typeof message === "string"
      ? message.length
      : message instanceof ArrayBuffer
      ? message.byteLength
      : Infinity;
    if (size > this.#options.maxPayloadBytes) return this.close("tooLarge");
    try {
      if (typeof message !== "string") {
        const wire = new Uint8Array(message as ArrayBuffer);
        return this.#sink.bytes(parseBytesFrame(wire), wire);
      }
      const parsed = parseFrame(message);
      if (parsed.state === "unknown") {
        if (this.#unknownFrames++ === 0) {
          this.#options.log.debug("socket.unknown_frame", { frame: parsed.type });
        }
        return;
      }
      this.#route(parsed.frame);
    } catch (thrown) {
      if (!(thrown instanceof ProtocolError)) throw thrown;
      this.#options.log.debug("socket.malformed", { why: thrown.message });
      this.close("malformed", thrown.message);
    }
  }

  #route(frame: Frame): void {
    switch (frame.type) {
      case "ping":
        return this.send({ type: "pong", id: frame.id });
      case "pong":
        if (frame.id === this.#pings) this.#rttMs = performance.now() - this.#pingSentAtMs;
        return;
      default:
        this.#sink?.frame(frame);
    }
  }

  #scheduleHeartbeat(): void {
    this.#heartbeat = this.#options.clock.setTimer(() => {
      if (this.#options.clock.now() - this.#heardAtMs > SILENCE_LIMIT_MS) {
        return this.close("silent");
      }
      this.ping();
      if (this.#sink) this.#scheduleHeartbeat();
    }, TICK_INTERVAL_MS);
  }

  #closed(code: number, byUs: boolean): void {
    const sink = this.#sink;
    if (!sink) return;
    this.#sink = undefined;
    this.#heartbeat?.[Symbol.dispose]();
    sink.closed({ code, byUs });
  }
}

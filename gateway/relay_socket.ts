// @ts-types="@types/ws"
import { type RawData, WebSocket } from "ws";
import type { Clock } from "@chatcode/kit";
import {
  type BytesFrame,
  CLOSE_CODES,
  type CloseName,
  type CreditFrame,
  encodeBytesFrame,
  encodeFrame,
  type FileEndFrame,
  type Frame,
  type FrameOf,
  type Hello,
  type HelloOk,
  HOST_MAX_PAYLOAD_BYTES,
  MAX_BUFFERED_BYTES,
  parseBytesFrame,
  parseFrame,
  ProtocolError,
  type ReqFrame,
  SILENCE_LIMIT_MS,
  TICK_INTERVAL_MS,
  type WireError,
  wireError,
} from "@chatcode/protocol";

/** What the relay sends us, after `accepted()`. A ProtocolError thrown here closes with 4000. */
export interface RelayPeer {
  /** What to say in the first frame. */
  hello(): Promise<Hello>;
  accepted(ok: HelloOk): void;
  bytes(frame: BytesFrame): void;
  credit(frame: CreditFrame): void;
  request(frame: ReqFrame): void;
  /** SPEC [FI5]. */
  fileEnd(frame: FileEndFrame): void;
  /** SPEC [TU7]. */
  turnAck(frame: FrameOf<"turn-ack">): void;
}

export type SocketEnd =
  /** The relay answered the upgrade with plain HTTP. SPEC [WS3]. */
  | { state: "refused"; status: number; message: string; retryAfterMs?: number }
  | { state: "unreachable"; message: string }
  /** `error` is what a `hello-error` said before. */
  | { state: "closed"; code: number; reason: string; error?: WireError };

export interface RelaySocketOptions {
  readonly url: string;
  readonly gatewayId: string;
  readonly token: string;
  readonly peer: RelayPeer;
  readonly clock: Clock;
}

/** From dialling to `hello-ok`, in milliseconds. */
const ACCEPT_LIMIT_MS = 15_000;
/** What a closing handshake may take before the socket is cut, in milliseconds. */
const CLOSE_LIMIT_MS = 1_000;
const REFUSAL_MAX_BYTES = 16 * 1024;

/**
 * One connection to the relay: hello, heartbeat, limits. It is dialling when made; `ended` tells
 * how it went. Dialled with npm's ws, since Deno's own client leaves Nagle's algorithm on.
 */
export class RelaySocket {
  readonly ended: Promise<SocketEnd>;
  readonly #peer: RelayPeer;
  readonly #clock: Clock;
  readonly #socket: WebSocket;
  readonly #end: (end: SocketEnd) => void;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  #opened = false;
  #accepted = false;
  /** We are closing: nothing is sent or taken in any more. */
  #closing: { code: number; reason: string } | undefined;
  #error: string | undefined;
  #helloError: WireError | undefined;
  #heardAtMs: number;
  #timer: Disposable | undefined;
  #pingId = 0;
  #pingAtMs = 0;
  #rttMs: number | undefined;

  constructor(options: RelaySocketOptions) {
    this.#peer = options.peer;
    this.#clock = options.clock;
    this.#heardAtMs = this.#clock.now();
    const { promise, resolve } = Promise.withResolvers<SocketEnd>();
    this.ended = promise;
    this.#end = resolve;
    this.#socket = new WebSocket(options.url, {
      headers: {
        authorization: `Bearer ${options.token}`,
        "x-chatcode-gateway": options.gatewayId,
      },
      perMessageDeflate: false,
      skipUTF8Validation: true, // our decoder is as strict and closes with our code
      // Above our own limit, so that a frame over ours is closed with our code. SPEC [HE5].
      maxPayload: 2 * HOST_MAX_PAYLOAD_BYTES,
      handshakeTimeout: ACCEPT_LIMIT_MS,
      followRedirects: false, // the token is for this address only
    });
    this.#listen();
    this.#timer = this.#clock.setTimer(() => this.close("silent", "No hello-ok"), ACCEPT_LIMIT_MS);
  }

  get accepted(): boolean {
    return this.#accepted && this.#closing === undefined;
  }

  /** Of the last ping, in milliseconds. */
  get rttMs(): number | undefined {
    return this.#rttMs;
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  /** Dropped while not accepted: whoever redials starts afresh. */
  send(frame: Frame): void {
    if (!this.accepted) return;
    const wire = encodeFrame(frame);
    this.#write(frame.type === "res" && isTooLarge(wire) ? tooLargeAnswer(frame.id) : wire);
  }

  /** @returns whether it is on its way */
  sendOutput(channel: number, seq: number, bytes: Uint8Array): boolean {
    if (!this.accepted) return false;
    this.#write(encodeBytesFrame({ kind: "output", channel, seq, bytes }));
    return true;
  }

  /** One encoded bytes frame of a file. @returns whether it is on its way */
  sendFile(wire: Uint8Array<ArrayBuffer>): boolean {
    if (!this.accepted) return false;
    this.#write(wire);
    return true;
  }

  /** Says why, then cuts the socket if the relay does not close it soon. Safe twice. */
  close(name: CloseName, reason: string): void {
    if (this.#closing !== undefined) return;
    const { code } = CLOSE_CODES[name];
    this.#closing = { code, reason };
    this.#setTimer(() => this.#socket.terminate(), CLOSE_LIMIT_MS);
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.close(code, clipReason(reason));
    else this.#socket.terminate();
  }

  /** Cuts the connection without a word, for a process that ends now. */
  terminate(): void {
    this.#socket.terminate();
  }

  #listen(): void {
    const socket = this.#socket;
    socket.on("open", () => this.#greet());
    socket.on("message", (data: RawData, isBinary: boolean) => this.#receive(data, isBinary));
    socket.on("error", (error) => {
      this.#error ??= errorText(error);
    });
    socket.on("unexpected-response", (_request, response) => {
      let body = "";
      const done = () => {
        this.#end(refusal(response.statusCode ?? 0, body, response.headers["retry-after"]));
        socket.terminate();
      };
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        if (body.length < REFUSAL_MAX_BYTES) body += part;
        else done();
      });
      response.on("end", done).on("error", done);
    });
    socket.on("close", (code, reason) => {
      this.#timer?.[Symbol.dispose]();
      // A promise keeps its first outcome: a refusal told above stands.
      this.#end(this.#howItEnded(code, String(reason)));
    });
  }

  #howItEnded(code: number, reason: string): SocketEnd {
    const closed = this.#closing ?? { code, reason: reason || this.#error || "" };
    if (!this.#opened && this.#closing === undefined) {
      return { state: "unreachable", message: this.#error ?? `closed with ${code}` };
    }
    return { state: "closed", ...closed, ...(this.#helloError && { error: this.#helloError }) };
  }

  async #greet(): Promise<void> {
    this.#opened = true;
    const hello = await this.#peer.hello();
    if (this.#closing === undefined) this.#write(encodeFrame(hello));
  }

  #write(wire: string | Uint8Array): void {
    this.#socket.send(wire);
    if (this.#socket.bufferedAmount > MAX_BUFFERED_BYTES) {
      this.close("slow", "The relay reads too slowly");
    }
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#closing !== undefined) return;
    this.#heardAtMs = this.#clock.now();
    // With the default binaryType, ws hands each message over as one Buffer. It is taken for what
    // it is, an Uint8Array: Buffer's own slice() does not copy.
    const buffer = data as Uint8Array<ArrayBuffer>;
    const wire = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    if (wire.byteLength > HOST_MAX_PAYLOAD_BYTES) {
      return this.close("tooLarge", `A frame of ${wire.byteLength} bytes`);
    }
    try {
      if (isBinary) this.#receiveBytes(wire);
      else this.#receiveText(wire);
    } catch (thrown) {
      if (!(thrown instanceof ProtocolError)) throw thrown;
      this.close("malformed", thrown.message);
    }
  }

  #receiveBytes(wire: Uint8Array<ArrayBuffer>): void {
    const frame = parseBytesFrame(wire);
    const isOurs = frame.kind === "input" || frame.kind === "upload";
    if (!isOurs || !this.#accepted) {
      throw new ProtocolError("INVALID_REQUEST", "Cannot take output, or bytes before hello-ok");
    }
    this.#peer.bytes(frame);
  }

  #receiveText(wire: Uint8Array): void {
    const parsed = parseFrame(this.#decode(wire));
    if (parsed.state === "unknown") return;
    const frame = parsed.frame;
    if (!this.#accepted) return this.#receiveAnswer(frame);
    switch (frame.type) {
      case "turn-ack":
        return this.#peer.turnAck(frame);
      case "req":
        return this.#peer.request(frame);
      case "credit":
        return this.#peer.credit(frame);
      case "file-end":
        return this.#peer.fileEnd(frame);
      case "ping":
        return this.send({ type: "pong", id: frame.id });
      case "pong":
        if (frame.id === this.#pingId) this.#rttMs = this.#clock.now() - this.#pingAtMs;
        return;
      default: // news for operators, or a later version's business. SPEC [FR2].
    }
  }

  #receiveAnswer(frame: Frame): void {
    if (frame.type === "hello-error") {
      this.#helloError = wireError.parse(frame.error);
      return; // the close follows
    }
    if (frame.type === "ping") return this.#write(encodeFrame({ type: "pong", id: frame.id }));
    if (frame.type !== "hello-ok") {
      throw new ProtocolError("INVALID_REQUEST", `Cannot take "${frame.type}" before hello-ok`);
    }
    this.#accepted = true;
    this.#tick(Math.min(frame.policy.tickIntervalMs, TICK_INTERVAL_MS));
    this.#peer.accepted(frame);
  }

  #decode(wire: Uint8Array): string {
    try {
      return this.#decoder.decode(wire);
    } catch (cause) {
      throw new ProtocolError("INVALID_REQUEST", "Cannot parse a frame: not UTF-8", { cause });
    }
  }

  /** SPEC [HB1]. */
  #tick(everyMs: number): void {
    const nowMs = this.#clock.now();
    if (nowMs - this.#heardAtMs >= SILENCE_LIMIT_MS) {
      return this.close("silent", "Nothing heard from the relay");
    }
    this.#pingId += 1;
    this.#pingAtMs = nowMs;
    this.send({ type: "ping", id: this.#pingId });
    if (this.#closing !== undefined) return; // the ping did not fit
    const silentAtMs = this.#heardAtMs + SILENCE_LIMIT_MS;
    this.#setTimer(() => this.#tick(everyMs), Math.min(everyMs, Math.max(1, silentAtMs - nowMs)));
  }

  #setTimer(fn: () => void, ms: number): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#clock.setTimer(fn, ms);
  }
}

/** A frame over the limit would cost the whole socket. SPEC [HE5]. */
function isTooLarge(wire: string): boolean {
  if (wire.length * 3 <= HOST_MAX_PAYLOAD_BYTES) return false; // UTF-8 cannot be longer
  return new TextEncoder().encode(wire).length > HOST_MAX_PAYLOAD_BYTES;
}

function tooLargeAnswer(id: string): string {
  const error = new ProtocolError("PAYLOAD_TOO_LARGE", "Cannot answer: the answer is too large");
  return encodeFrame({ type: "res", id, ok: false, error: error.toWire() });
}

function refusal(status: number, body: string, retryAfter: string | undefined): SocketEnd {
  const seconds = Number(retryAfter);
  return {
    state: "refused",
    status,
    message: refusalText(body) ?? `HTTP ${status}`,
    ...(retryAfter !== undefined && seconds >= 0 && { retryAfterMs: seconds * 1000 }),
  };
}

/** SPEC [WS3]: `{"error": <error>}`; a proxy in between may say anything. */
function refusalText(body: string): string | undefined {
  try {
    const parsed = wireError.safeParse(JSON.parse(body)?.error);
    return parsed.success ? parsed.data.message : undefined;
  } catch {
    return undefined;
  }
}

function errorText(error: Error): string {
  const code: unknown = Reflect.get(error, "code");
  return error.message || (typeof code === "string" ? code : error.name);
}

/** A close frame holds 123 bytes of reason. */
function clipReason(reason: string): string {
  return reason.replace(/[^\x20-\x7e]/g, "?").slice(0, 120);
}

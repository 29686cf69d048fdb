// @ts-types="@types/ws"
import { WebSocket } from "ws";
import {
  type BytesFrame,
  type ChannelFrame,
  type ChannelId,
  channelId,
  encodeFrame,
  type EventFrame,
  type Frame,
  type HelloOk,
  MAX_PROTOCOL,
  type MethodInput,
  type MethodName,
  type MethodResult,
  methods,
  MIN_PROTOCOL,
  parseBytesFrame,
  parseFrame,
  ProtocolError,
  type ResFrame,
} from "@chatcode/protocol";
import { withDeadline } from "@chatcode/kit";

export interface WireClientOptions {
  /** The relay's, `http://…`. */
  readonly url: string;
  readonly token: string;
}

/** What a channel of a `WireClient` is told. */
export interface WireChannel {
  output(frame: BytesFrame): void;
  frame(frame: ChannelFrame): void;
}

export interface RequestOptions {
  readonly idempotencyKey?: string;
  /** Default: 20 seconds. */
  readonly limitMs?: number;
}

const ANSWER_LIMIT_MS = 20_000;

/**
 * One client socket without any comfort: no redial, no resend. Dialled with npm's ws, which sends
 * small frames at once as browsers do.
 */
export class WireClient implements AsyncDisposable {
  readonly #socket: WebSocket;
  readonly #answers = new Map<string, (frame: ResFrame) => void>();
  readonly #channels = new Map<number, WireChannel>();
  readonly #listeners = new Set<(event: EventFrame) => void>();
  readonly #hello = Promise.withResolvers<HelloOk>();
  readonly #closed = Promise.withResolvers<{ code: number; reason: string }>();
  #lastId = 0;
  #lastChannel = 0;

  private constructor(options: WireClientOptions) {
    const url = `${options.url.replace(/^http/, "ws")}/ws`;
    this.#hello.promise.catch(() => {});
    this.#socket = new WebSocket(url, {
      headers: { authorization: `Bearer ${options.token}` },
      perMessageDeflate: false,
    });
    this.#socket.on("open", () => {
      this.send({
        type: "hello",
        minProtocol: MIN_PROTOCOL,
        maxProtocol: MAX_PROTOCOL,
        client: { name: "e2e", version: "1.0.0", role: "operator" },
        caps: [],
      });
    });
    this.#socket.on("message", (data, isBinary) => this.#receive(data as Uint8Array, isBinary));
    this.#socket.on("error", (error) => this.#hello.reject(error));
    this.#socket.on("close", (code, reason) => {
      this.#hello.reject(new Error(`The socket closed with ${code}: ${reason}`));
      for (const [id, answer] of this.#answers) {
        const error = { code: "UNAVAILABLE", message: `The socket closed with ${code}` } as const;
        answer({ type: "res", id, ok: false, error });
      }
      this.#closed.resolve({ code, reason: String(reason) });
    });
  }

  /** Resolves after hello-ok. */
  static async open(options: WireClientOptions): Promise<WireClient> {
    const client = new WireClient(options);
    await withDeadline(client.#hello.promise, ANSWER_LIMIT_MS, "hello-ok");
    return client;
  }

  get hello(): Promise<HelloOk> {
    return this.#hello.promise;
  }

  get closed(): Promise<{ code: number; reason: string }> {
    return this.#closed.promise;
  }

  /** @throws ProtocolError as answered */
  async request<M extends MethodName>(
    method: M,
    params: MethodInput<M>,
    options: RequestOptions = {},
  ): Promise<MethodResult<M>> {
    const answer = await this.requestAny(method, params as Record<string, unknown>, options);
    return methods[method].result.parse(answer) as MethodResult<M>;
  }

  /** Asks whatever it is given; every request carries an idempotency key. */
  async requestAny(
    method: string,
    params: Record<string, unknown>,
    options: RequestOptions = {},
  ): Promise<unknown> {
    const id = `${++this.#lastId}`;
    const { promise, resolve } = Promise.withResolvers<ResFrame>();
    this.#answers.set(id, resolve);
    const { idempotencyKey = crypto.randomUUID(), limitMs = ANSWER_LIMIT_MS } = options;
    this.send({ type: "req", id, method, params, idempotencyKey });
    const answer = await withDeadline(promise, limitMs, `the answer to ${method}`);
    if (!answer.ok) throw ProtocolError.fromWire(answer.error);
    return "payload" in answer ? answer.payload : undefined;
  }

  /** A number no other channel of this socket had. */
  openChannel(channel: WireChannel): ChannelId {
    this.#channels.set(++this.#lastChannel, channel);
    return channelId.parse(this.#lastChannel);
  }

  closeChannel(channel: number): void {
    this.#channels.delete(channel);
  }

  onEvent(listener: (event: EventFrame) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  send(frame: Frame): void {
    this.#socket.send(encodeFrame(frame));
  }

  sendRaw(wire: string | Uint8Array): void {
    this.#socket.send(wire);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#socket.readyState !== WebSocket.CLOSED) {
      this.#socket.close(1000);
      const timer = setTimeout(() => this.#socket.terminate(), 2_000);
      await this.#closed.promise;
      clearTimeout(timer);
    }
  }

  #receive(data: Uint8Array, isBinary: boolean): void {
    if (isBinary) {
      const frame = parseBytesFrame(data as Uint8Array<ArrayBuffer>);
      return this.#channels.get(frame.channel)?.output(frame);
    }
    const parsed = parseFrame(new TextDecoder().decode(data));
    if (parsed.state === "unknown") return;
    const { frame } = parsed;
    switch (frame.type) {
      case "hello-ok":
        return this.#hello.resolve(frame);
      case "ping":
        return this.send({ type: "pong", id: frame.id });
      case "res":
        if (frame.ok && "accepted" in frame) return;
        this.#answers.get(frame.id)?.(frame as ResFrame);
        return void this.#answers.delete(frame.id);
      case "event":
        for (const listener of this.#listeners) listener(frame);
        return;
      case "input-ack":
      case "resync":
      case "size":
      case "closed":
        return this.#channels.get(frame.channel)?.frame(frame);
      default: // news that no test of this client needs
    }
  }
}

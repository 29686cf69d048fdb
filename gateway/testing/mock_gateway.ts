import {
  type BytesFrame,
  CLOSE_CODES,
  type EventFrame,
  type Frame,
  type Hello,
  type MethodInput,
  type MethodName,
  type MethodResult,
  parseBytesFrame,
  parseFrame,
  ProtocolError,
  type ResFrame,
} from "@chatcode/protocol";

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** What a channel's viewer would see. */
export type ChannelNews = Extract<Frame, { channel: number }> | BytesFrame;

interface Waiting {
  resolve(payload: unknown): void;
  reject(error: Error): void;
  accepted?: () => void;
}

/** One gateway as the mock relay sees it: said hello, taken in. */
export class MockGateway {
  readonly events: EventFrame[] = [];
  readonly closed: Promise<Closed>;
  /** Each event, and each frame of a channel that nobody else takes, as it comes. */
  onEvent: (frame: EventFrame) => void = () => {};
  onNews: (news: ChannelNews) => void = () => {};
  readonly #socket: WebSocket;
  readonly #waiting = new Map<string, Waiting>();
  readonly #channels = new Map<number, (news: ChannelNews) => void>();
  #requestId = 0;
  pings = 0;

  constructor(readonly id: string, readonly hello: Hello, socket: WebSocket) {
    this.#socket = socket;
    const { promise, resolve } = Promise.withResolvers<Closed>();
    this.closed = promise;
    socket.onmessage = (message) => this.#receive(message.data);
    socket.onclose = ({ code, reason }) => {
      resolve({ code, reason });
      for (const { reject } of this.#waiting.values()) reject(new Error(`closed with ${code}`));
      this.#waiting.clear();
    };
  }

  /**
   * The host's final answer; `host` is filled in.
   * @throws ProtocolError as the host answers
   */
  async request<M extends MethodName>(
    method: M,
    params: Omit<MethodInput<M>, "host"> & { host?: string },
    more: { idempotencyKey?: string; principal?: string; onAccepted?: () => void } = {},
  ): Promise<MethodResult<M>> {
    const { onAccepted, ...fields } = more;
    const answer = await this.ask(method, { host: this.id, ...params }, fields, onAccepted);
    return answer as MethodResult<M>;
  }

  /** Like `request()`, with whatever method and params. */
  ask(
    method: string,
    params: Record<string, unknown>,
    more: Record<string, unknown> = {},
    onAccepted?: () => void,
  ): Promise<unknown> {
    const id = String(++this.#requestId);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(id, { resolve, reject, ...(onAccepted && { accepted: onAccepted }) });
    this.send(JSON.stringify({ type: "req", id, method, params, ...more }));
    return promise;
  }

  /** Takes the frames of one channel from now on. */
  onChannel(channel: number, take: (news: ChannelNews) => void): void {
    this.#channels.set(channel, take);
  }

  /** Sends anything, also what no relay would send. */
  send(wire: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(wire);
  }

  close(name: keyof typeof CLOSE_CODES): void {
    this.#socket.close(CLOSE_CODES[name].code, name);
  }

  #receive(data: string | ArrayBuffer): void {
    if (typeof data !== "string") return this.#tell(parseBytesFrame(new Uint8Array(data)));
    const parsed = parseFrame(data);
    if (parsed.state === "unknown") return;
    const frame = parsed.frame;
    if (frame.type === "ping") {
      this.pings += 1;
      this.send(JSON.stringify({ type: "pong", id: frame.id }));
    } else if (frame.type === "event") {
      this.events.push(frame);
      this.onEvent(frame);
    } else if (frame.type === "res") {
      this.#settle(frame as ResFrame);
    } else if ("channel" in frame) {
      this.#tell(frame);
    }
  }

  #tell(news: ChannelNews): void {
    const take = this.#channels.get(news.channel);
    if (take === undefined) this.onNews(news);
    else take(news);
  }

  #settle(frame: ResFrame): void {
    const waiting = this.#waiting.get(frame.id);
    if (waiting === undefined) return;
    if (frame.ok && "accepted" in frame) return waiting.accepted?.();
    this.#waiting.delete(frame.id);
    if (frame.ok) waiting.resolve("payload" in frame ? frame.payload : undefined);
    else waiting.reject(ProtocolError.fromWire(frame.error));
  }
}

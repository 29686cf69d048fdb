import { withDeadline } from "@chatcode/kit";
import {
  encodeFrame,
  type Frame,
  type FrameOf,
  type FrameType,
  parseBytesFrame,
  parseFrame,
  type ReqFrame,
} from "@chatcode/protocol";

const DEADLINE_MS = 5_000;

type Seen =
  | { kind: "frame"; frame: Frame }
  | { kind: "bytes"; channel: number; seq: number; text: string };

/** The other end of a socket under test: speaks the protocol by hand. */
export class Peer implements Disposable {
  readonly #socket: WebSocket;
  readonly #seen: Seen[] = [];
  #wake = Promise.withResolvers<void>();
  /** The close code, once the socket is closed. */
  readonly closed: Promise<number>;
  #nextId = 1;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      if (typeof data !== "string") {
        const { channel, seq, bytes } = parseBytesFrame(new Uint8Array(data));
        this.#push({ kind: "bytes", channel, seq, text: new TextDecoder().decode(bytes) });
        return;
      }
      const parsed = parseFrame(data);
      if (parsed.state === "frame" && parsed.frame.type !== "ping") {
        this.#push({ kind: "frame", frame: parsed.frame });
      }
    };
    this.closed = new Promise((resolve) => {
      socket.onclose = ({ code }) => {
        resolve(code);
        this.#rouse();
      };
    });
    socket.onerror = () => {};
  }

  static async dial(url: string, headers: Record<string, string>): Promise<Peer> {
    // Deno's client takes headers; the DOM's type does not know.
    const Dialler = WebSocket as unknown as new (url: string, o: { headers: unknown }) => WebSocket;
    const socket = new Dialler(url, { headers });
    const peer = new Peer(socket);
    await withDeadline(
      new Promise<void>((resolve, reject) => {
        socket.onopen = () => resolve();
        peer.closed.then((code) => reject(new Error(`Closed with ${code} before it was open`)));
      }),
      DEADLINE_MS,
      "the socket to open",
    );
    return peer;
  }

  send(frame: Frame | string | Uint8Array<ArrayBuffer>): void {
    const raw = typeof frame === "string" || frame instanceof Uint8Array;
    this.#socket.send(raw ? frame : encodeFrame(frame));
  }

  /** Takes the first frame of `type` (that fits) out of what came; waits for it if need be. */
  async next<T extends FrameType>(
    type: T,
    fits: (frame: FrameOf<T>) => boolean = () => true,
  ): Promise<FrameOf<T>> {
    const found = await this.#take((seen) =>
      seen.kind === "frame" && seen.frame.type === type && fits(seen.frame as FrameOf<T>)
    );
    return (found as Extract<Seen, { kind: "frame" }>).frame as FrameOf<T>;
  }

  async nextBytes(): Promise<{ channel: number; seq: number; text: string }> {
    const { channel, seq, text } = await this.#take((seen) => seen.kind === "bytes") as Extract<
      Seen,
      { kind: "bytes" }
    >;
    return { channel, seq, text };
  }

  /** Asks and waits for the (first) answer. */
  async ask(req: Partial<ReqFrame> & Pick<ReqFrame, "method">): Promise<FrameOf<"res">> {
    const id = String(this.#nextId++);
    this.send({ type: "req", id, params: {}, ...req });
    return await this.next("res", (res) => res.id === id);
  }

  /** What came and was not taken. */
  get rest(): readonly Seen[] {
    return this.#seen;
  }

  close(): void {
    this.#socket.close();
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  #push(seen: Seen): void {
    this.#seen.push(seen);
    this.#rouse();
  }

  /** Everybody who waits looks again. */
  #rouse(): void {
    const { resolve } = this.#wake;
    this.#wake = Promise.withResolvers();
    resolve();
  }

  async #take(fits: (seen: Seen) => boolean): Promise<Seen> {
    let givenUp = false;
    const look = async () => {
      for (;;) {
        if (givenUp) throw new Error("Nobody waits any more"); // what comes is for the next who does
        const at = this.#seen.findIndex(fits);
        if (at >= 0) return this.#seen.splice(at, 1)[0]!;
        if (this.#socket.readyState === WebSocket.CLOSED) throw new Error("The socket is closed");
        await this.#wake.promise;
      }
    };
    try {
      return await withDeadline(look(), DEADLINE_MS, "a frame");
    } finally {
      givenUp = true;
    }
  }
}

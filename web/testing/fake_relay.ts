import {
  type BytesFrame,
  CREDIT_WINDOW_BYTES,
  encodeBytesFrame,
  encodeFrame,
  type Frame,
  type FrameOf,
  type FrameType,
  INPUT_WINDOW_BYTES,
  parseBytesFrame,
  parseFrame,
  type Snapshot,
} from "@chatcode/protocol";
import { Connection } from "../lib/connection.ts";
import type { WhoAmI } from "../lib/connection_state.ts";
import type { Socket } from "../lib/socket.ts";
import { FakeClock } from "../../kit/testing/fake_clock.ts";

export const EMPTY_SNAPSHOT: Snapshot = { hosts: [], sessions: [], stateVersion: 1, eventSeq: 0 };

/** The relay's end of one socket, played by a test: it says what it is told to say. */
export class FakeSocket implements Socket {
  binaryType = "blob";
  readonly bufferedAmount = 0;
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;
  onerror: ((event: Event) => void) | null = null;
  readonly frames: Frame[] = [];
  readonly inputs: BytesFrame[] = [];
  closedWith: number | undefined;

  send(wire: string | Uint8Array<ArrayBuffer>): void {
    if (typeof wire !== "string") return void this.inputs.push(parseBytesFrame(wire));
    const parsed = parseFrame(wire);
    if (parsed.state === "frame") this.frames.push(parsed.frame);
  }

  close(code?: number): void {
    this.closedWith = code;
  }

  open(): void {
    this.onopen?.(new Event("open"));
  }

  /** Opens and answers the hello. */
  accept(snapshot: Snapshot = EMPTY_SNAPSHOT): void {
    this.open();
    this.say({
      type: "hello-ok",
      protocol: 1,
      server: { name: "relay", version: "0", instance: "test" },
      atMs: 0,
      features: { methods: [], events: [] },
      snapshot,
      policy: {
        maxPayload: 65536,
        maxBufferedBytes: 8_000_000,
        tickIntervalMs: 10_000,
        creditWindowBytes: CREDIT_WINDOW_BYTES,
        inputWindowBytes: INPUT_WINDOW_BYTES,
        maxChannels: 32,
        maxInFlight: 64,
      },
    });
  }

  say(frame: Frame): void {
    this.onmessage?.(new MessageEvent("message", { data: encodeFrame(frame) }));
  }

  sayText(data: string): void {
    this.onmessage?.(new MessageEvent("message", { data }));
  }

  output(channel: number, seq: number, bytes: Uint8Array): void {
    const data = encodeBytesFrame({ kind: "output", channel, seq, bytes }).buffer;
    this.onmessage?.(new MessageEvent("message", { data }));
  }

  /** The way breaks, or the relay closes. */
  drop(code = 1006): void {
    this.onclose?.(new CloseEvent("close", { code }));
  }

  sent<T extends FrameType>(type: T): FrameOf<T>[] {
    return this.frames.filter((frame): frame is FrameOf<T> => frame.type === type);
  }

  asked(method: string): FrameOf<"req">[] {
    return this.sent("req").filter((frame) => frame.method === method);
  }

  /** Answers the last request for `method`. */
  answer(method: string, payload: unknown): FrameOf<"req"> {
    const request = this.asked(method).at(-1);
    if (request === undefined) throw new Error(`Cannot answer: nobody asked ${method}`);
    this.say({ type: "res", id: request.id, ok: true, payload });
    return request;
  }
}

/** A relay without a network: each dial gives a socket for the test to play. */
export class FakeRelay {
  readonly sockets: FakeSocket[] = [];
  readonly clock = new FakeClock();
  who: Awaited<ReturnType<WhoAmI>> = "unreachable";

  /** `random` 0.5: every wait is half its ceiling. */
  connect(): Connection {
    return new Connection({
      dial: () => {
        const socket = new FakeSocket();
        this.sockets.push(socket);
        return socket;
      },
      whoAmI: () => Promise.resolve(this.who),
      client: { name: "test", version: "0" },
      clock: this.clock,
      random: () => 0.5,
    });
  }

  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error("Cannot play a socket: nobody dialled");
    return socket;
  }
}

import type { Clock, Log } from "@chatcode/kit";
import {
  type BytesFrame,
  type ChannelId,
  type CloseName,
  events,
  type Frame,
  HOST_MAX_PAYLOAD_BYTES,
  type HostId,
  ProtocolError,
  type ReqFrame,
  type ResFrame,
} from "@chatcode/protocol";
import type { Roster } from "../roster.ts";
import type { FrameSink, FrameSocket } from "./frame_socket.ts";
import { Pending } from "./pending.ts";
import { Splice, type SpliceEnd } from "./splice.ts";

/** Payload limit for frames from a host, in bytes. */
export const HOST_LIMIT = HOST_MAX_PAYLOAD_BYTES;

export interface HostSocketParts {
  readonly roster: Roster;
  readonly clock: Clock;
  readonly log: Log;
  /** Called once, when the socket is gone. */
  onClosed(socket: HostSocket): void;
}

/** The relay's end of one gateway's socket: asks, splices channels, and hears its news. */
export class HostSocket implements FrameSink {
  readonly #socket: FrameSocket;
  readonly #parts: HostSocketParts;
  readonly #pending: Pending;
  readonly #splices = new Map<ChannelId, Splice>();
  #nextChannel = 1;

  constructor(readonly id: HostId, socket: FrameSocket, parts: HostSocketParts) {
    this.#socket = socket;
    this.#parts = parts;
    this.#pending = new Pending(parts.clock);
    socket.handTo(this);
    socket.ping();
  }

  get channels(): number {
    return this.#splices.size;
  }

  /**
   * Asks the host; `answer` is called once, or twice for long work. SPEC [RQ4].
   * @throws ProtocolError LIMIT_REACHED
   */
  ask(
    req: Pick<ReqFrame, "method" | "params" | "idempotencyKey" | "principal">,
    answer: (res: ResFrame) => void,
    finalWithinMs?: number,
  ): void {
    const id = this.#pending.add(answer, finalWithinMs);
    this.#socket.send({ type: "req", id, ...req });
  }

  /** Joins a client's channel to a new one of this socket. */
  splice(client: SpliceEnd): Splice {
    while (this.#splices.has(this.#nextChannel as ChannelId)) this.#advance();
    const channel = this.#nextChannel as ChannelId;
    this.#advance();
    const splice = new Splice(client, {
      channel,
      send: (frame) => this.#socket.send(frame),
      sendBytes: (wire) => this.#socket.sendBytes(wire),
      drop: () => void this.#splices.delete(channel),
    });
    this.#splices.set(channel, splice);
    return splice;
  }

  /** Tells the gateway that the relay goes away, then closes. */
  shutdown(reason: string, stateVersion: number): void {
    this.#socket.send({
      type: "event",
      event: "shutdown",
      payload: { reason },
      seq: 1,
      stateVersion,
    });
    this.#socket.close("shutdown");
  }

  close(name: CloseName): void {
    this.#socket.close(name);
  }

  frame(frame: Frame): void {
    switch (frame.type) {
      case "res":
        return this.#pending.settle(frame);
      case "event":
        return this.#hear(frame.event, frame.payload);
      case "credit":
      case "input-ack":
      case "resync":
      case "size":
      case "closed":
        return this.#splices.get(frame.channel)?.frameFromHost(frame);
      case "req":
        return this.#socket.send({
          type: "res",
          id: frame.id,
          ok: false,
          error: new ProtocolError("UNKNOWN_METHOD", "Cannot answer: hosts may not ask").toWire(),
        });
      case "turn-ack":
      case "hello":
      case "hello-ok":
      case "hello-error":
        return this.#socket.close("malformed", `A "${frame.type}" frame is out of place`);
      case "ping":
      case "pong":
        return; // answered by the FrameSocket
      default:
        frame satisfies never;
    }
  }

  bytes(frame: BytesFrame, wire: Uint8Array<ArrayBuffer>): void {
    this.#splices.get(frame.channel)?.bytesFromHost(frame, wire);
  }

  closed(): void {
    // Answers first: a view that was being attached is refused, not closed.
    this.#pending.fail("HOST_OFFLINE", "Cannot tell the outcome: the machine went offline");
    for (const splice of [...this.#splices.values()]) splice.hostGone();
    this.#parts.onClosed(this);
  }

  #hear(event: string, payload: unknown): void {
    const { roster, log } = this.#parts;
    switch (event) {
      case "session": {
        const news = events.session.safeParse(payload);
        if (!news.success || news.data.host !== this.id) return this.#malformed(event);
        return roster.session(this.id, news.data);
      }
      case "health": {
        const news = events.health.safeParse(payload);
        if (!news.success || news.data.host !== this.id) return this.#malformed(event);
        return roster.health(this.id, news.data.load, this.#socket.rttMs);
      }
      case "shutdown": {
        const news = events.shutdown.safeParse(payload);
        if (!news.success) return this.#malformed(event);
        return log.info("host.shutdown", { reason: news.data.reason });
      }
      default:
        // SPEC [EV1]: news this version does not know is skipped.
    }
  }

  #malformed(event: string): void {
    this.#socket.close("malformed", `The payload of "${event}" is not valid`);
  }

  #advance(): void {
    this.#nextChannel = this.#nextChannel >= 0xffff_ffff ? 1 : this.#nextChannel + 1;
  }
}

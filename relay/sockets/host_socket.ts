import type { Clock, Log } from "@chatcode/kit";
import {
  type BytesFrame,
  type ChannelId,
  type CloseName,
  type EventPayload,
  events,
  type Frame,
  type HostId,
  ProtocolError,
  type ReqFrame,
  type ResFrame,
  type SessionId,
  TYPING_MS,
} from "@chatcode/protocol";
import type { z } from "zod";
import type { ConversationFeed } from "../conversation_feed.ts";
import type { Roster } from "../roster.ts";
import type { UsageBook } from "../usage/usage_book.ts";
import { UsageIntake } from "../usage/usage_intake.ts";
import type { FrameSink, FrameSocket } from "./frame_socket.ts";
import type { HostLane, HostLaneEnd } from "./host_lane.ts";
import { Pending } from "./pending.ts";
import { Splice, type SpliceEnd } from "./splice.ts";
import { TurnAcks } from "./turn_acks.ts";

/** News of which a host may tell its own only. */
type OwnEvent = "session" | "turn" | "approval" | "health";

export interface HostSocketParts {
  readonly roster: Roster;
  readonly conversations: ConversationFeed;
  readonly usage: UsageBook;
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
  readonly #lanes = new Map<ChannelId, HostLane>();
  readonly #usage: UsageIntake;
  readonly #turnAcks: TurnAcks;
  #nextChannel = 1;
  #typedAtMs = -Infinity;

  constructor(readonly id: HostId, socket: FrameSocket, parts: HostSocketParts) {
    this.#socket = socket;
    this.#parts = parts;
    this.#pending = new Pending(parts.clock);
    this.#usage = new UsageIntake(parts.usage, parts);
    this.#turnAcks = new TurnAcks(parts.clock, (ack) => socket.send(ack));
    socket.handTo(this);
    socket.ping();
  }

  get channels(): number {
    return this.#lanes.size;
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
    const channel = this.#freeChannel();
    const splice = new Splice(client, {
      channel,
      send: (frame) => this.#socket.send(frame),
      sendBytes: (wire) => {
        this.#typedAtMs = this.#parts.clock.now();
        this.#socket.sendBytes(wire);
      },
      drop: () => void this.#lanes.delete(channel),
    });
    this.#lanes.set(channel, splice);
    return splice;
  }

  /** A new channel of this socket, for the bytes of a file. */
  openLane<L extends HostLane>(make: (end: HostLaneEnd) => L): L {
    const channel = this.#freeChannel();
    const socket = this.#socket;
    const isTypedOn = () => this.#parts.clock.now() - this.#typedAtMs < TYPING_MS;
    const lane = make({
      channel,
      get bufferedBytes() {
        return socket.bufferedBytes;
      },
      get isTypedOn() {
        return isTypedOn();
      },
      send: (frame) => socket.send(frame),
      sendBytes: (wire) => socket.sendBytes(wire),
      drop: () => void this.#lanes.delete(channel),
    });
    this.#lanes.set(channel, lane);
    return lane;
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
      case "file-end":
        return this.#lanes.get(frame.channel)?.frameFromHost(frame);
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
    this.#lanes.get(frame.channel)?.bytesFromHost(frame, wire);
  }

  closed(): void {
    // Answers first: a view that was being attached is refused, not closed.
    this.#pending.fail("HOST_OFFLINE", "Cannot tell the outcome: the machine went offline");
    for (const lane of [...this.#lanes.values()]) lane.hostGone();
    this.#usage[Symbol.dispose]();
    this.#turnAcks[Symbol.dispose]();
    this.#parts.onClosed(this);
  }

  #hear(event: string, payload: unknown): void {
    const { roster, conversations, log } = this.#parts;
    switch (event) {
      case "session": {
        const news = this.#own(event, payload);
        return news && roster.session(this.id, news);
      }
      case "turn": {
        const news = this.#own(event, payload);
        return news && this.#hearTurn(news);
      }
      case "approval": {
        const news = this.#own(event, payload);
        return news && void conversations.tell({ event, payload: news, host: this.id });
      }
      case "health": {
        const news = this.#own(event, payload);
        return news && roster.health(this.id, news.load, this.#socket.rttMs);
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

  #hearTurn({ outbox, ...news }: EventPayload<"turn">): void {
    const { session, agent, turn } = news;
    const kept = this.#parts.conversations.tell({ event: "turn", payload: news, host: this.id });
    if (turn.kind !== "usage") return this.#ackWhenKept(session, outbox, kept);
    const onSafe = outbox === undefined ? () => {} : this.#turnAcks.pending(session, outbox);
    if (!this.#usage.take({ host: this.id, session, agent, turn }, onSafe)) {
      // The store is behind: in its next socket the machine tells again what is not acknowledged.
      this.#socket.close("overloaded");
    }
  }

  #ackWhenKept(
    session: SessionId,
    outbox: number | undefined,
    kept: Promise<void> | undefined,
  ): void {
    const onSafe = outbox === undefined || kept === undefined
      ? undefined
      : this.#turnAcks.pending(session, outbox);
    if (kept === undefined && outbox !== undefined) this.#turnAcks.done(session, outbox);
    // It is told again in the next socket, if it is not kept.
    kept?.then(onSafe, () => this.#socket.close("overloaded"));
  }

  /** The payload, if it is valid and this host's own; else the socket is closed. */
  #own<N extends OwnEvent>(event: N, payload: unknown): EventPayload<N> | undefined {
    const schema: z.ZodType<EventPayload<OwnEvent>> = events[event];
    const news = schema.safeParse(payload);
    if (!news.success || news.data.host !== this.id) return void this.#malformed(event);
    return news.data as EventPayload<N>;
  }

  #malformed(event: string): void {
    this.#socket.close("malformed", `The payload of "${event}" is not valid`);
  }

  #freeChannel(): ChannelId {
    for (;;) {
      const channel = this.#nextChannel as ChannelId;
      this.#nextChannel = channel >= 0xffff_ffff ? 1 : channel + 1;
      if (!this.#lanes.has(channel)) return channel;
    }
  }
}

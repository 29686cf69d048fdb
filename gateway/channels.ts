import { type Clock, type Log, systemClock } from "@chatcode/kit";
import {
  type AttachParams,
  type AttachResult,
  type BytesFrame,
  type ChannelId,
  type ClosedReason,
  type CreditFrame,
  type MethodParams,
  type MethodResult,
  ProtocolError,
} from "@chatcode/protocol";
import { encodeHex } from "@std/encoding/hex";
import { AckPacer } from "./ack_pacer.ts";
import type { Attachment } from "./pane/attachment.ts";
import type { Binding } from "./pane/binding.ts";
import type { AttachOptions } from "./pane/session_view.ts";
import type { ViewerClosed, ViewerEvent } from "./pane/viewer_event.ts";
import type { RequestScope } from "./requests.ts";
import type { Uplink } from "./uplink.ts";

/** Connected viewers of one host; each costs a tmux client and a ring. */
export const MAX_VIEWERS = 200;

export interface ChannelsOptions {
  readonly uplink: Pick<Uplink, "send" | "sendOutput">;
  readonly log: Log;
  /** Gives the viewer's attachment. @throws ProtocolError as `terminal.attach` answers */
  readonly attach: (session: string, options: AttachOptions) => Promise<Attachment>;
  readonly clock?: Clock;
}

interface Channel {
  readonly id: ChannelId;
  readonly readOnly: boolean;
  readonly acks: AckPacer;
  /** Missing while it is being opened. */
  lane: { readonly attachment: Attachment; readonly binding: Binding } | undefined;
  /** It was let go while it was being opened. */
  dropped: LetGo | undefined;
}

/** Whether the viewer may come back within its grace. SPEC [AT5]. */
type LetGo = "keep" | "forget";

/** The numbered lanes in the uplink, each leading to one viewer. */
export class Channels {
  readonly #options: ChannelsOptions;
  readonly #clock: Clock;
  readonly #channels = new Map<number, Channel>();

  constructor(options: ChannelsOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  get size(): number {
    return this.#channels.size;
  }

  /** SPEC [AT1] to [AT6]. @throws ProtocolError */
  async attach(params: AttachParams, scope: RequestScope): Promise<AttachResult> {
    const id = params.channel;
    if (this.#channels.has(id)) {
      throw new ProtocolError("CHANNEL_IN_USE", `Cannot attach: channel ${id} is open`);
    }
    if (this.#channels.size >= MAX_VIEWERS) {
      throw new ProtocolError("LIMIT_REACHED", `Cannot attach: ${MAX_VIEWERS} viewers are here`);
    }
    const channel: Channel = {
      id,
      readOnly: params.readOnly === true,
      acks: new AckPacer((seq) => this.#sendAck(id, seq), this.#clock),
      lane: undefined,
      dropped: undefined,
    };
    this.#channels.set(id, channel);
    try {
      const attachment = await this.#options.attach(params.session, {
        viewer: await viewerName(scope.principal, params.viewer),
        size: { cols: params.cols, rows: params.rows },
        readOnly: channel.readOnly,
        foreground: params.foreground !== false,
      });
      if (channel.dropped !== undefined) {
        // Whoever let it go knows of no binding, so its grace has begun already.
        if (channel.dropped === "forget") this.#forget(attachment);
        throw new ProtocolError("CHANNEL_NOT_FOUND", `Channel ${id} was detached meanwhile`);
      }
      const { creditBytes, resume } = params;
      const binding = attachment.bind((event) => this.#tell(channel, event), {
        creditBytes,
        resume,
      });
      channel.acks.startAt(binding.inputSeq);
      channel.lane = { attachment, binding };
      scope.afterAnswer(() => binding.start()); // the answer comes first. SPEC [AT1].
      const { epoch, size, holdsSize } = attachment;
      const { outcome, inputSeq } = binding;
      return { epoch, outcome, inputSeq, ...size, holdsSize, readOnly: channel.readOnly };
    } catch (thrown) {
      this.#close(channel);
      throw thrown;
    }
  }

  detach({ channel: id, keep }: MethodParams<"terminal.detach">): void {
    this.#drop(this.#channel(id), keep === true ? "keep" : "forget");
  }

  async resize(params: MethodParams<"terminal.resize">): Promise<MethodResult<"terminal.resize">> {
    const { channel: id, cols, rows, take = false } = params;
    const channel = this.#channel(id);
    if (take && channel.readOnly) {
      throw new ProtocolError("READ_ONLY", "Cannot take the size: this viewer may only watch");
    }
    const { attachment } = this.#lane(channel);
    await attachment.resize({ cols, rows }, { take });
    return { ...attachment.size, holdsSize: attachment.holdsSize };
  }

  async setForeground({ channel: id, foreground }: MethodParams<"terminal.focus">): Promise<void> {
    await this.#lane(this.#channel(id)).attachment.setForeground(foreground);
  }

  /** Bytes for a channel that is gone were under way when it went, and are dropped. */
  input(frame: BytesFrame): void {
    const channel = this.#channels.get(frame.channel);
    const result = channel?.lane?.binding.write(frame.seq, frame.bytes);
    if (channel === undefined || result === undefined) return;
    // Bytes are missing before these, or the viewer ignores its window. SPEC [IN2], [IN3].
    if (result.state === "gap" || result.state === "full") {
      this.#options.log.debug("channel.input_refused", { why: result.state });
      this.#drop(channel, "keep");
      this.#sendClosed(channel.id, "failed");
    }
  }

  credit(frame: CreditFrame): void {
    this.#channels.get(frame.channel)?.lane?.binding.grant(frame.bytes);
  }

  /** The uplink is gone and its numbers with it; the viewers stay for their grace. SPEC [AT5]. */
  unbindAll(): void {
    for (const channel of [...this.#channels.values()]) this.#drop(channel, "keep");
  }

  #tell(channel: Channel, event: ViewerEvent): void {
    if (this.#channels.get(channel.id) !== channel) return;
    const { uplink } = this.#options;
    switch (event.type) {
      case "bytes":
        // If it cannot be sent the socket is gone, and the viewer resumes from what it has.
        return void uplink.sendOutput(channel.id, event.seq, event.bytes);
      case "input-ack":
        return channel.acks.push(event.seq);
      case "resync":
      case "size":
        return uplink.send({ ...event, channel: channel.id });
      case "closed":
        this.#close(channel);
        return this.#sendClosed(channel.id, closedReason(event.reason));
      default:
        event satisfies never;
    }
  }

  #sendAck(channel: ChannelId, seq: number): void {
    this.#options.uplink.send({ type: "input-ack", channel, seq });
  }

  #sendClosed(channel: ChannelId, reason: ClosedReason): void {
    this.#options.uplink.send({ type: "closed", channel, reason });
  }

  #drop(channel: Channel, how: LetGo): void {
    channel.dropped ??= how;
    this.#close(channel);
    channel.lane?.binding[Symbol.dispose]();
    if (how === "forget" && channel.lane !== undefined) this.#forget(channel.lane.attachment);
  }

  #forget(attachment: Attachment): void {
    attachment.forget().catch((error) => this.#options.log.warn("viewer.forget_failed", { error }));
  }

  #close(channel: Channel): void {
    channel.acks[Symbol.dispose]();
    if (this.#channels.get(channel.id) === channel) this.#channels.delete(channel.id);
  }

  #channel(id: number): Channel {
    const channel = this.#channels.get(id);
    if (channel !== undefined) return channel;
    throw new ProtocolError("CHANNEL_NOT_FOUND", `No channel ${id} is open`);
  }

  #lane(channel: Channel): NonNullable<Channel["lane"]> {
    if (channel.lane !== undefined) return channel.lane;
    throw new ProtocolError("CHANNEL_NOT_FOUND", `Channel ${channel.id} is not open yet`);
  }
}

function closedReason(reason: ViewerClosed): ClosedReason {
  return reason === "stopped" ? "host-offline" : reason;
}

/** Ids of viewers are private to their user. SPEC [ID2], [RL3]. */
async function viewerName(principal: string, viewer: string): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify([principal, viewer]));
  return encodeHex(await crypto.subtle.digest("SHA-256", bytes)).slice(0, 32);
}

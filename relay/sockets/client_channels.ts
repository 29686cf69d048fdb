import type { Log } from "@chatcode/kit";
import {
  type BytesFrame,
  type ChannelId,
  type CreditFrame,
  MAX_CHANNELS,
  type MethodParams,
  ProtocolError,
  type ReqFrame,
  type ResFrame,
} from "@chatcode/protocol";
import type { Attention } from "../attention.ts";
import type { Principal } from "../auth/principal.ts";
import { may } from "../auth/rights.ts";
import { forHost } from "./for_host.ts";
import type { FrameSocket } from "./frame_socket.ts";
import type { HostSocket } from "./host_socket.ts";
import type { Splice } from "./splice.ts";

type Answer = (res: ResFrame) => void;
type ChannelMethod = "terminal.detach" | "terminal.resize" | "terminal.focus";

export interface ClientChannelsParts {
  readonly principal: Principal;
  readonly socket: FrameSocket;
  readonly attention: Attention;
  readonly log: Log;
}

interface Spliced {
  readonly splice: Splice;
  readonly host: HostSocket;
  readonly of: Pick<MethodParams<"terminal.attach">, "host" | "session">;
  attached: boolean;
  /** While the view is in the foreground. */
  look: Disposable | undefined;
}

/** The channels of one client's socket: views of sessions, each spliced to its host's socket. */
export class ClientChannels {
  readonly #parts: ClientChannelsParts;
  readonly #spliced = new Map<ChannelId, Spliced>();

  constructor(parts: ClientChannelsParts) {
    this.#parts = parts;
  }

  /** @throws ProtocolError CHANNEL_IN_USE, LIMIT_REACHED */
  attach(
    host: HostSocket,
    params: MethodParams<"terminal.attach">,
    req: ReqFrame,
    answer: Answer,
  ): void {
    const { principal, socket } = this.#parts;
    const { channel } = params;
    if (this.#spliced.has(channel)) {
      throw new ProtocolError("CHANNEL_IN_USE", `Cannot attach: channel ${channel} is open`);
    }
    if (this.#spliced.size >= MAX_CHANNELS) {
      throw new ProtocolError("LIMIT_REACHED", "Cannot attach: too many channels are open");
    }
    const splice = host.splice({
      channel,
      send: (frame) => socket.send(frame),
      sendBytes: (wire) => socket.sendBytes(wire),
      drop: () => this.#dropped(channel),
    });
    const spliced: Spliced = { splice, host, of: params, attached: false, look: undefined };
    this.#spliced.set(channel, spliced);
    const readOnly = params.readOnly || !may(principal, "session.drive", params.host);
    const asked = forHost(principal, req, { ...params, readOnly, channel: splice.host.channel });
    try {
      host.ask(asked, (res) => {
        if (res.ok) {
          spliced.attached = true;
          // The client left while the host was opening the view.
          if (!socket.open) return this.#detach(host, splice, { keep: true });
          if (this.#spliced.get(channel) === spliced) {
            this.#focus(spliced, params.foreground ?? true);
          }
        } else {
          // After a TIMEOUT the host may still attach: it must not send into a freed number.
          if (res.error.code === "TIMEOUT") this.#detach(host, splice, { keep: false });
          splice.drop();
        }
        answer(res);
      });
    } catch (thrown) {
      splice.drop();
      throw thrown;
    }
  }

  /** @throws ProtocolError CHANNEL_NOT_FOUND */
  ask(name: ChannelMethod, params: MethodParams<ChannelMethod>, req: ReqFrame, answer: Answer) {
    const spliced = this.#spliced.get(params.channel);
    if (!spliced) {
      throw new ProtocolError("CHANNEL_NOT_FOUND", `Cannot ask "${name}": the channel is not open`);
    }
    const { splice, host } = spliced;
    const channel = splice.host.channel;
    host.ask(forHost(this.#parts.principal, req, { ...params, channel }), (res) => {
      if (res.ok && name === "terminal.detach") splice.drop();
      if (res.ok && name === "terminal.focus" && "foreground" in params) {
        this.#focus(spliced, params.foreground);
      }
      answer(res);
    });
  }

  credit(frame: CreditFrame): void {
    this.#spliced.get(frame.channel)?.splice.frameFromClient(frame);
  }

  bytes(frame: BytesFrame, wire: Uint8Array<ArrayBuffer>): void {
    // A channel that was closed a moment ago may still get input: the client sends it anew elsewhere.
    this.#spliced.get(frame.channel)?.splice.bytesFromClient(frame, wire);
  }

  /** The client's socket is gone. */
  closed(): void {
    for (const { splice, host, attached } of [...this.#spliced.values()]) {
      // One that is being attached is detached when its answer comes.
      if (attached) this.#detach(host, splice, { keep: true });
      splice.drop();
    }
  }

  #dropped(channel: ChannelId): void {
    this.#spliced.get(channel)?.look?.[Symbol.dispose]();
    this.#spliced.delete(channel);
  }

  #focus(spliced: Spliced, foreground: boolean): void {
    spliced.look?.[Symbol.dispose]();
    const { principal, attention } = this.#parts;
    const { host, session } = spliced.of;
    spliced.look = foreground
      ? attention.look({ account: principal.account, host, session })
      : undefined;
  }

  #detach(host: HostSocket, splice: Splice, { keep }: { keep: boolean }): void {
    const params = { channel: splice.host.channel, keep };
    try {
      const principal = this.#parts.principal.account;
      host.ask({ method: "terminal.detach", params, principal }, () => {});
    } catch (thrown) {
      // Only if a thousand requests hang: the host's own grace ends the view.
      this.#parts.log.warn("detach.refused", { error: String(thrown) });
    }
  }
}

import type { Log } from "@chatcode/kit";
import {
  type BytesFrame,
  type CloseName,
  type Frame,
  HOST_MAX_PAYLOAD_BYTES,
  type HostId,
  isMethodName,
  issues,
  MAX_IN_FLIGHT,
  type MethodParams,
  type MethodResult,
  methods,
  ProtocolError,
  type ReqFrame,
  type ResFrame,
  type Snapshot,
  toWireError,
} from "@chatcode/protocol";
import type { Attention } from "../attention.ts";
import type { Principal } from "../auth/principal.ts";
import { may } from "../auth/rights.ts";
import { type Channel, connectChannel } from "../channels/channel.ts";
import type { Previews } from "../previews/previews.ts";
import type { ConversationFeed, ConversationNews } from "../conversation_feed.ts";
import type { Operations } from "../operations.ts";
import type { Roster, RosterChange } from "../roster.ts";
import type { UsageBook } from "../usage/usage_book.ts";
import { ClientChannels } from "./client_channels.ts";
import { ClientLooks } from "./client_looks.ts";
import type { FrameSink, FrameSocket } from "./frame_socket.ts";
import { METHOD_ACTION } from "./method_rights.ts";

/** Above this much waiting in the socket, news is dropped and the client mends the gap. SPEC [EV2]. */
export const EVENT_PRESSURE_BYTES = 1024 * 1024;

/** What an answer of the relay's own may hold, in bytes: its frame must fit, as a host's does. */
const MAX_USAGE_BYTES = HOST_MAX_PAYLOAD_BYTES - 1024;

type LinkParams = MethodParams<"previews.create">;

export interface ClientSocketParts {
  readonly roster: Roster;
  readonly conversations: ConversationFeed;
  readonly attention: Attention;
  readonly usage: UsageBook;
  readonly operations: Operations;
  readonly previews: Pick<Previews, "link" | "revoke">;
  readonly log: Log;
  /** Called once, when the socket is gone. */
  onClosed(socket: ClientSocket): void;
}

/** The relay's end of one client's socket: checks rights, passes requests on, splices channels. */
export class ClientSocket implements FrameSink, Channel {
  readonly name = "web";
  readonly #socket: FrameSocket;
  readonly #parts: ClientSocketParts;
  readonly #channels: ClientChannels;
  readonly #looks: ClientLooks;
  readonly #listening = new DisposableStack();
  #inFlight = 0;
  #eventSeq = 0;

  constructor(readonly principal: Principal, socket: FrameSocket, parts: ClientSocketParts) {
    this.#socket = socket;
    this.#parts = parts;
    this.#channels = new ClientChannels({ principal, socket, ...parts });
    this.#looks = this.#listening.use(new ClientLooks({ principal, attention: parts.attention }));
    this.#listening.use(connectChannel(this, parts));
    socket.handTo(this);
  }

  hear(news: ConversationNews): void {
    this.#pass(news);
  }

  hearRoster(change: RosterChange): void {
    this.#pass(change);
  }

  /** What this principal may see. */
  snapshot(): Snapshot {
    const { operations, roster } = this.#parts;
    return {
      hosts: operations.hosts(this.principal),
      sessions: operations.sessions(this.principal),
      stateVersion: roster.stateVersion,
      eventSeq: this.#eventSeq,
    };
  }

  shutdown(reason: string): void {
    this.#event("shutdown", { reason }, this.#parts.roster.stateVersion);
    this.#socket.close("shutdown");
  }

  close(name: CloseName): void {
    this.#socket.close(name);
  }

  tick(atMs: number): void {
    this.#event("tick", { atMs }, this.#parts.roster.stateVersion);
  }

  frame(frame: Frame): void {
    switch (frame.type) {
      case "req":
        return this.#request(frame);
      case "credit":
        return this.#channels.credit(frame);
      case "res":
      case "event":
      case "input-ack":
      case "resync":
      case "size":
      case "closed":
      case "turn-ack":
      case "file-end":
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
    this.#channels.bytes(frame, wire);
  }

  closed(): void {
    this.#listening.dispose();
    this.#channels.closed();
    this.#parts.onClosed(this);
  }

  #request(req: ReqFrame): void {
    if (this.#inFlight >= MAX_IN_FLIGHT) {
      const full = new ProtocolError("LIMIT_REACHED", "Cannot ask: too many requests are open");
      return this.#socket.send(this.#failure(req, full));
    }
    this.#inFlight++;
    try {
      this.#dispatch(req, (res) => {
        if (!(res.ok && "accepted" in res)) this.#inFlight--;
        this.#socket.send({ ...res, id: req.id });
      });
    } catch (thrown) {
      this.#inFlight--;
      this.#socket.send(this.#failure(req, thrown));
    }
  }

  #failure({ id, method }: ReqFrame, thrown: unknown): ResFrame {
    if (!(thrown instanceof ProtocolError)) {
      this.#parts.log.error("request.failed", { method, error: String(thrown) });
    }
    return { type: "res", id, ok: false, error: toWireError(thrown) };
  }

  #dispatch(req: ReqFrame, answer: (res: ResFrame) => void): void {
    const { operations } = this.#parts;
    const name = req.method;
    if (!isMethodName(name)) {
      throw new ProtocolError("UNKNOWN_METHOD", `Cannot answer: there is no method "${name}"`);
    }
    const parsed = methods[name].params.safeParse(req.params);
    if (!parsed.success) {
      throw new ProtocolError("INVALID_REQUEST", `Cannot ask "${name}": ${issues(parsed.error)}`);
    }
    if (methods[name].mutates && req.idempotencyKey === undefined) {
      throw new ProtocolError("INVALID_REQUEST", `Cannot ask "${name}": no idempotencyKey`);
    }
    const ok = (payload: unknown) => answer({ type: "res", id: req.id, ok: true, payload });
    switch (name) {
      case "state.snapshot":
        return ok(this.snapshot());
      case "hosts.list":
        return ok({ hosts: this.snapshot().hosts });
      case "usage.query":
        return void this.#usage(parsed.data as MethodParams<"usage.query">)
          .then(ok, (thrown) => answer(this.#failure(req, thrown)));
      case "sessions.focus": {
        const params = parsed.data as MethodParams<"sessions.focus">;
        operations.check(this.principal, name, params.host);
        this.#looks.focus(params);
        return ok({});
      }
      case "previews.create":
        return void this.#parts.previews.link(this.principal, parsed.data as LinkParams)
          .then(ok, (thrown) => answer(this.#failure(req, thrown)));
      case "previews.revoke":
        return void this.#parts.previews
          .revoke(this.principal, (parsed.data as MethodParams<"previews.revoke">).id)
          .then(() => ok({}), (thrown) => answer(this.#failure(req, thrown)));
      case "terminal.attach": {
        const params = parsed.data as MethodParams<"terminal.attach">;
        const host = operations.host(this.principal, name, params.host);
        return this.#channels.attach(host, params, req, answer);
      }
      case "terminal.detach":
      case "terminal.resize":
      case "terminal.focus":
        return this.#channels.ask(name, parsed.data as MethodParams<typeof name>, req, answer);
      default: {
        const params = parsed.data as { host: HostId };
        return operations.ask(this.principal, name, { ...req, params }, answer);
      }
    }
  }

  async #usage(params: MethodParams<"usage.query">): Promise<MethodResult<"usage.query">> {
    const sees = (host: HostId) => may(this.principal, METHOD_ACTION["usage.query"], host);
    return await this.#parts.usage.query(params, { sees, maxBytes: MAX_USAGE_BYTES });
  }

  #pass(news: RosterChange | ConversationNews): void {
    if (!may(this.principal, "host.view", news.host)) return;
    const { stateVersion } = "stateVersion" in news ? news : this.#parts.roster;
    this.#event(news.event, news.payload, stateVersion);
  }

  #event(event: string, payload: unknown, stateVersion: number): void {
    const seq = ++this.#eventSeq;
    if (this.#socket.bufferedBytes > EVENT_PRESSURE_BYTES) return; // the gap in seq tells
    this.#socket.send({ type: "event", event, payload, seq, stateVersion });
  }
}

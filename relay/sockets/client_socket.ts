import type { Log } from "@chatcode/kit";
import {
  type BytesFrame,
  type ChannelId,
  type CloseName,
  type Frame,
  type HostId,
  isMethodName,
  issues,
  MAX_CHANNELS,
  MAX_IN_FLIGHT,
  type MethodName,
  type MethodParams,
  methods,
  PROMPT_TIMEOUT_MS,
  ProtocolError,
  type ReqFrame,
  REQUEST_TIMEOUT_MS,
  type ResFrame,
  type Snapshot,
  toWireError,
} from "@chatcode/protocol";
import type { Principal } from "../auth/principal.ts";
import { type Action, may } from "../auth/rights.ts";
import type { Roster, RosterChange } from "../roster.ts";
import type { FrameSink, FrameSocket } from "./frame_socket.ts";
import type { HostSocket } from "./host_socket.ts";
import type { Splice } from "./splice.ts";

/** Above this much waiting in the socket, news is dropped and the client mends the gap. SPEC [EV2]. */
export const EVENT_PRESSURE_BYTES = 1024 * 1024;

/** What each method asks of the principal's role; the table is complete by its type. */
const ACTION: Readonly<Record<MethodName, Action>> = {
  "hosts.list": "host.view",
  "hosts.ping": "host.view",
  "state.snapshot": "host.view",
  "sessions.list": "session.list",
  "sessions.start": "session.start",
  "sessions.rename": "session.drive",
  "sessions.end": "session.end",
  "sessions.wait": "session.watch",
  "folders.list": "folder.list",
  "terminal.attach": "session.watch",
  "terminal.detach": "session.watch",
  "terminal.resize": "session.watch",
  "terminal.focus": "session.watch",
  "terminal.history": "session.watch",
  "agents.list": "session.watch",
  "agents.preview-hooks": "session.drive",
  "agents.change-hooks": "session.drive",
  "turns.list": "session.watch",
  "prompts.send": "session.drive",
  "prompts.interrupt": "session.drive",
  "approvals.answer": "session.drive",
  "usage.query": "session.watch",
};

export interface ClientSocketParts {
  readonly roster: Roster;
  readonly log: Log;
  /** @returns the host's socket, or undefined if it is not connected here */
  hostSocket(id: HostId): HostSocket | undefined;
  /** Called once, when the socket is gone. */
  onClosed(socket: ClientSocket): void;
}

/** The relay's end of one client's socket: checks rights, passes requests on, splices channels. */
export class ClientSocket implements FrameSink {
  readonly #socket: FrameSocket;
  readonly #parts: ClientSocketParts;
  readonly #splices = new Map<ChannelId, { splice: Splice; host: HostSocket; attached: boolean }>();
  readonly #listening: Disposable;
  #inFlight = 0;
  #eventSeq = 0;

  constructor(readonly principal: Principal, socket: FrameSocket, parts: ClientSocketParts) {
    this.#socket = socket;
    this.#parts = parts;
    this.#listening = parts.roster.listen((change) => this.#pass(change));
    socket.handTo(this);
  }

  /** What this principal may see. */
  snapshot(): Snapshot {
    const { roster } = this.#parts;
    const sees = (host: HostId) => may(this.principal, "host.view", host);
    return {
      hosts: roster.hosts().filter((host) => sees(host.id)),
      sessions: roster.sessions().filter((session) => sees(session.host)),
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
        return this.#splices.get(frame.channel)?.splice.frameFromClient(frame);
      case "res":
      case "event":
      case "input-ack":
      case "resync":
      case "size":
      case "closed":
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
    // A channel that was closed a moment ago may still get input: the client sends it anew elsewhere.
    this.#splices.get(frame.channel)?.splice.bytesFromClient(frame, wire);
  }

  closed(): void {
    this.#listening[Symbol.dispose]();
    for (const { splice, host, attached } of [...this.#splices.values()]) {
      // One that is being attached is detached when its answer comes.
      if (attached) this.#detach(host, splice, { keep: true });
      splice.drop();
    }
    this.#parts.onClosed(this);
  }

  #request(req: ReqFrame): void {
    const fail = (thrown: unknown) => {
      this.#socket.send({ type: "res", id: req.id, ok: false, error: toWireError(thrown) });
    };
    if (this.#inFlight >= MAX_IN_FLIGHT) {
      return fail(new ProtocolError("LIMIT_REACHED", "Cannot ask: too many requests are open"));
    }
    this.#inFlight++;
    try {
      this.#dispatch(req, (res) => {
        if (!(res.ok && "accepted" in res)) this.#inFlight--;
        this.#socket.send({ ...res, id: req.id });
      });
    } catch (thrown) {
      this.#inFlight--;
      if (!(thrown instanceof ProtocolError)) {
        this.#parts.log.error("request.failed", { method: req.method, error: String(thrown) });
      }
      fail(thrown);
    }
  }

  #dispatch(req: ReqFrame, answer: (res: ResFrame) => void): void {
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
      case "terminal.attach":
        return this.#attach(parsed.data as MethodParams<"terminal.attach">, req, answer);
      case "terminal.detach":
      case "terminal.resize":
      case "terminal.focus":
        return this.#onChannel(name, parsed.data as { channel: ChannelId }, req, answer);
      default:
        return this.#onHost(name, parsed.data as { host: HostId }, req, answer);
    }
  }

  #onHost(
    name: MethodName,
    params: { host: HostId; timeoutMs?: number },
    req: ReqFrame,
    answer: (res: ResFrame) => void,
  ): void {
    const host = this.#host(name, params.host);
    const finalWithinMs = methods[name].long
      ? (params.timeoutMs ?? PROMPT_TIMEOUT_MS) + REQUEST_TIMEOUT_MS // the host's deadline comes first
      : undefined;
    host.ask(this.#forHost(req, params), answer, finalWithinMs);
  }

  #onChannel(
    name: "terminal.detach" | "terminal.resize" | "terminal.focus",
    params: { channel: ChannelId },
    req: ReqFrame,
    answer: (res: ResFrame) => void,
  ): void {
    const spliced = this.#splices.get(params.channel);
    if (!spliced) {
      throw new ProtocolError("CHANNEL_NOT_FOUND", `Cannot ask "${name}": the channel is not open`);
    }
    const { splice, host } = spliced;
    host.ask(this.#forHost(req, { ...params, channel: splice.host.channel }), (res) => {
      if (res.ok && name === "terminal.detach") splice.drop();
      answer(res);
    });
  }

  #attach(
    params: MethodParams<"terminal.attach">,
    req: ReqFrame,
    answer: (res: ResFrame) => void,
  ): void {
    const host = this.#host("terminal.attach", params.host);
    const { channel } = params;
    if (this.#splices.has(channel)) {
      throw new ProtocolError("CHANNEL_IN_USE", `Cannot attach: channel ${channel} is open`);
    }
    if (this.#splices.size >= MAX_CHANNELS) {
      throw new ProtocolError("LIMIT_REACHED", "Cannot attach: too many channels are open");
    }
    const splice = host.splice({
      channel,
      send: (frame) => this.#socket.send(frame),
      sendBytes: (wire) => this.#socket.sendBytes(wire),
      drop: () => void this.#splices.delete(channel),
    });
    const spliced = { splice, host, attached: false };
    this.#splices.set(channel, spliced);
    const readOnly = params.readOnly || !may(this.principal, "session.drive", params.host);
    const asked = this.#forHost(req, { ...params, readOnly, channel: splice.host.channel });
    try {
      host.ask(asked, (res) => {
        if (res.ok) {
          spliced.attached = true;
          // The client left while the host was opening the view.
          if (!this.#socket.open) return this.#detach(host, splice, { keep: true });
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

  #detach(host: HostSocket, splice: Splice, { keep }: { keep: boolean }): void {
    const params = { channel: splice.host.channel, keep };
    try {
      host.ask({ method: "terminal.detach", params, principal: this.principal.account }, () => {});
    } catch (thrown) {
      // Only if a thousand requests hang: the host's own grace ends the view.
      this.#parts.log.warn("detach.refused", { error: String(thrown) });
    }
  }

  #host(name: MethodName, id: HostId): HostSocket {
    // A machine that one may not see looks like one that is not there.
    if (!this.#parts.roster.host(id) || !may(this.principal, "host.view", id)) {
      throw new ProtocolError("HOST_NOT_FOUND", "Cannot ask: there is no such machine");
    }
    if (!may(this.principal, ACTION[name], id)) {
      throw new ProtocolError("FORBIDDEN", `Cannot ask "${name}": your role may only watch`);
    }
    const socket = this.#parts.hostSocket(id);
    if (!socket) throw new ProtocolError("HOST_OFFLINE", "Cannot ask: the machine is offline");
    return socket;
  }

  #forHost(req: ReqFrame, params: Record<string, unknown>) {
    return {
      method: req.method,
      params,
      principal: this.principal.account as string,
      ...(req.idempotencyKey !== undefined && { idempotencyKey: req.idempotencyKey }),
    };
  }

  #pass(change: RosterChange): void {
    if (!may(this.principal, "host.view", change.host)) return;
    this.#event(change.event, change.payload, change.stateVersion);
  }

  #event(event: string, payload: unknown, stateVersion: number): void {
    const seq = ++this.#eventSeq;
    if (this.#socket.bufferedBytes > EVENT_PRESSURE_BYTES) return; // the gap in seq tells
    this.#socket.send({ type: "event", event, payload, seq, stateVersion });
  }
}

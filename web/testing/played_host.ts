import {
  agentId,
  type ChannelId,
  CREDIT_WINDOW_BYTES,
  encodeBytesFrame,
  encodeFrame,
  type Frame,
  type Host,
  type HostId,
  INPUT_WINDOW_BYTES,
  parseBytesFrame,
  parseFrame,
  type Session,
  type SessionId,
} from "@chatcode/protocol";
import { z } from "zod";
import { PlayedFiles } from "./played_files.ts";
import { PlayedAgents } from "./played_agents.ts";

const PAINT = new TextEncoder();

/** Whatever a method may ask with; each reads its own. */
const anyParams = z.object({
  host: z.string().default(""),
  session: z.string().default(""),
  channel: z.int().default(0),
  viewer: z.string().default(""),
  path: z.string().default(""),
  title: z.string().default("shell"),
  foreground: z.boolean().default(false),
  cols: z.int().default(80),
  rows: z.int().default(24),
  take: z.boolean().default(false),
  start: z.int().default(0),
  count: z.int().default(0),
  command: z.array(z.string()).default([]),
  agent: z.object({ id: agentId, resume: z.string().optional() }).optional().catch(undefined), // elsewhere it is a name
});

/**
 * The relay's `/ws` with one machine behind it, played for tests of pages: its terminal types back
 * what it is sent, and has a numbered history. It keeps no viewer beyond its socket.
 */
export class PlayedHost {
  readonly hosts = new Map<HostId, Host>();
  readonly sessions = new Map<SessionId, Session>();
  readonly agents = new PlayedAgents(
    this.sessions,
    (event, payload) => this.#toAll(event, payload),
  );
  readonly files = new PlayedFiles();
  /** Lines of history of every session. */
  historyLines = 0;
  /** What the screen shows at attach. */
  screen = "$ ";
  /** The session's size, and whether the next viewer that attaches holds it. */
  size = { cols: 80, rows: 24 };
  holdsSize = true;
  readonly folders: Readonly<Record<string, string[]>> = { "": ["api", "web"], web: ["static"] };
  readonly sockets = new Set<WebSocket>();
  /** All that was typed, in order. */
  typed = "";
  /** How often a size was asked for. */
  resizes = 0;
  /** What pages said of whether somebody looks at a session, in order. */
  readonly looks: { session: string; foreground: boolean }[] = [];
  /** The viewer id of each attach. */
  readonly viewers: string[] = [];

  accept(req: Request): Response {
    const { socket, response } = Deno.upgradeWebSocket(req);
    socket.binaryType = "arraybuffer";
    this.sockets.add(socket);
    socket.onclose = () => this.sockets.delete(socket);
    const channels = new Map<number, { out: number; input: number }>();
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") {
        const parsed = parseFrame(data);
        if (parsed.state === "frame") this.#answer(socket, channels, parsed.frame);
        return;
      }
      const { channel, seq, bytes } = parseBytesFrame(new Uint8Array(data as ArrayBuffer));
      const open = channels.get(channel);
      if (open === undefined || seq > open.input) return;
      const fresh = bytes.subarray(open.input - seq);
      open.input += fresh.length;
      const text = new TextDecoder().decode(fresh);
      this.typed += text;
      this.#say(socket, { type: "input-ack", channel, seq: open.input });
      const echo = text.replaceAll("\r", "\r\n$ ").replaceAll("\x7f", "\b \b");
      // deno-lint-ignore no-control-regex
      this.#output(socket, channels, channel, echo.replaceAll(/\x1b(?!\[\?)/g, "^["));
    };
    return response;
  }

  /** Writes to the terminal in every open view. */
  print: (text: string) => void = () => {};

  /** Tells every page. */
  presence(host: Host): void {
    this.hosts.set(host.id, host);
    for (const socket of this.sockets) this.#event(socket, "presence", { host });
  }

  cut(): void {
    for (const socket of this.sockets) socket.close(4009);
  }

  readonly #seq = new WeakMap<WebSocket, number>();

  #event(socket: WebSocket, event: string, payload: unknown): void {
    const seq = (this.#seq.get(socket) ?? 0) + 1;
    this.#seq.set(socket, seq);
    this.#say(socket, { type: "event", event, payload, seq, stateVersion: seq });
  }

  #say(socket: WebSocket, frame: Frame): void {
    if (socket.readyState === WebSocket.OPEN) socket.send(encodeFrame(frame));
  }

  #output(
    socket: WebSocket,
    channels: Map<number, { out: number }>,
    channel: number,
    text: string,
  ): void {
    const open = channels.get(channel);
    const bytes = PAINT.encode(text);
    if (open === undefined || bytes.length === 0) return;
    const seq = open.out;
    open.out += bytes.length;
    socket.send(encodeBytesFrame({ kind: "output", channel, seq, bytes: bytes.slice(0, 32_768) }));
  }

  #snapshot(socket: WebSocket) {
    return {
      hosts: [...this.hosts.values()],
      sessions: [...this.sessions.values()],
      stateVersion: 1,
      eventSeq: this.#seq.get(socket) ?? 0,
    };
  }

  #answer(
    socket: WebSocket,
    channels: Map<number, { out: number; input: number }>,
    frame: Frame,
  ): void {
    if (frame.type === "hello") {
      return this.#say(socket, {
        type: "hello-ok",
        protocol: 1,
        server: { name: "relay", version: "0", instance: "test" },
        atMs: Date.now(),
        features: { methods: [], events: [] },
        snapshot: this.#snapshot(socket),
        policy: {
          maxPayload: 65_536,
          maxBufferedBytes: 8_000_000,
          tickIntervalMs: 10_000,
          creditWindowBytes: CREDIT_WINDOW_BYTES,
          inputWindowBytes: INPUT_WINDOW_BYTES,
          maxChannels: 32,
          maxInFlight: 64,
        },
      });
    }
    if (frame.type === "ping") return this.#say(socket, { type: "pong", id: frame.id });
    if (frame.type !== "req") return;
    const reply = (payload: unknown) =>
      this.#say(socket, { type: "res", id: frame.id, ok: true, payload });
    const refuse = (code: "SESSION_NOT_FOUND", message: string) =>
      this.#say(socket, { type: "res", id: frame.id, ok: false, error: { code, message } });
    const params = anyParams.parse(frame.params);
    const session = this.sessions.get(params.session as SessionId);
    switch (frame.method) {
      case "hosts.ping":
      case "terminal.detach":
      case "terminal.focus":
        return reply({});
      case "sessions.focus":
        this.looks.push({ session: params.session, foreground: params.foreground });
        return reply({});
      case "state.snapshot":
        return reply(this.#snapshot(socket));
      case "folders.list": {
        const { path } = params;
        return reply({ path, folders: this.folders[path] ?? [], truncated: false });
      }
      case "sessions.start": {
        const id = `s${this.sessions.size + 1}` as SessionId;
        const { title, command, agent } = params;
        const started = playedSession(params.host, id, {
          title,
          command,
          ...(agent !== undefined && { agent: agent.id }),
          ...(agent?.resume !== undefined && { conversation: agent.resume }),
        });
        this.sessions.set(id, started);
        reply({ session: started });
        return this.#toAll("session", { host: params.host, ended: false, session: started });
      }
      case "sessions.rename": {
        if (session === undefined) return refuse("SESSION_NOT_FOUND", "There is no such session");
        const renamed = { ...session, title: params.title };
        this.sessions.set(session.id, renamed);
        reply({ session: renamed });
        return this.#toAll("session", { host: session.host, ended: false, session: renamed });
      }
      case "sessions.end": {
        if (session === undefined) return refuse("SESSION_NOT_FOUND", "There is no such session");
        this.sessions.delete(session.id);
        reply({});
        for (const channel of channels.keys()) {
          this.#say(socket, { type: "closed", channel: channel as ChannelId, reason: "ended" });
        }
        return this.#toAll("session", { host: session.host, ended: true, id: session.id });
      }
      case "terminal.attach": {
        if (session === undefined) return refuse("SESSION_NOT_FOUND", "There is no such session");
        const channel = params.channel as ChannelId;
        channels.set(channel, { out: 0, input: 0 });
        this.viewers.push(params.viewer);
        if (this.holdsSize) this.size = { cols: params.cols, rows: params.rows };
        const { size, holdsSize } = this;
        reply({ epoch: "e", outcome: "resync", inputSeq: 0, ...size, holdsSize, readOnly: false });
        this.#say(socket, { type: "resync", channel, seq: 0, epoch: "e", ...size });
        this.print = (text) => this.#output(socket, channels, channel, text);
        return this.print(this.screen);
      }
      case "terminal.resize": {
        this.resizes += 1;
        const channel = params.channel as ChannelId;
        if (this.holdsSize || params.take) {
          this.holdsSize = true;
          this.size = { cols: params.cols, rows: params.rows };
          this.#say(socket, { type: "size", channel, ...this.size, holdsSize: true });
        }
        return reply({ ...this.size, holdsSize: this.holdsSize });
      }
      case "terminal.history": {
        const { start } = params;
        const count = Math.min(params.count, Math.max(0, this.historyLines - start));
        const lines = Array.from({ length: count }, (_, index) => historyLine(start + index));
        return reply({ historySize: this.historyLines, start, cols: this.size.cols, lines });
      }
      case "files.list":
      case "files.stat":
      case "previews.create":
      case "previews.revoke": {
        const answer = this.files.answer(frame);
        return answer && this.#say(socket, answer);
      }
      default:
        return void this.agents.answer(frame, (res) => this.#say(socket, res));
    }
  }

  #toAll(event: string, payload: unknown): void {
    for (const socket of this.sockets) this.#event(socket, event, payload);
  }
}

export function historyLine(line: number): string {
  const colour = 31 + line % 6;
  return `\x1b[${colour}mline ${line}\x1b[0m of the \x1b[1mhistory\x1b[0m ${"·".repeat(line % 20)}`;
}

export function playedSession(
  host: string,
  id: string,
  change: Partial<Session> = {},
): Session {
  return {
    id: id as SessionId,
    host: host as HostId,
    title: id,
    command: [],
    cwd: "/home/ada/work",
    status: "idle",
    foreground: "bash",
    cols: 80,
    rows: 24,
    viewers: 0,
    createdAtMs: Date.now() - 3_600_000,
    activeAtMs: Date.now() - 120_000,
    ...change,
  };
}

export function playedMachine(id: string, change: Partial<Host> = {}): Host {
  return {
    id: id as HostId,
    name: id,
    online: true,
    seenAtMs: Date.now() - 3 * 3_600_000,
    facts: {
      bootId: "boot-0001",
      hostname: `${id}.local`,
      os: "Debian 12",
      arch: "x86_64",
      gatewayVersion: "0.1.0",
      tmuxVersion: "3.3a",
      workspace: "/home/ada/work",
      startedAtMs: Date.now() - 86_400_000,
    },
    load: {
      average: [0.42, 0.5, 0.4],
      cores: 8,
      memoryUsedBytes: 5.2e9,
      memoryTotalBytes: 17e9,
    },
    rttMs: 3.2,
    ...change,
  };
}

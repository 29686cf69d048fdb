/**
 * A second client of the protocol, written from `protocol/SPEC.md` alone: it shares no code with
 * the rest of this repository. Rule ids in comments are those of that page.
 *
 *     deno run -A e2e/independent_client.ts --url ws://127.0.0.1:8420/ws --token-file FILE
 *         [--host ID] [--command "PROGRAM ARGUMENT…"]
 */
type Json = Record<string, unknown>;
export type Host = Json & { id: string; online: boolean };
export type Session = Json & { id: string; host: string };
export type Snapshot = {
  hosts: Host[];
  sessions: Session[];
  stateVersion: number;
  eventSeq: number;
};
export type News = { event: string; payload: Json; seq: number; stateVersion: number };
export type OutputListener = (bytes: Uint8Array, afterResync: boolean) => void | Promise<void>;
export type View = { cols: number; rows: number; readOnly?: boolean; foreground?: boolean };
type Policy = { tickIntervalMs: number; creditWindowBytes: number; inputWindowBytes: number };
type Settle = (answer: Json | ProtocolError) => void;
type Pending = { frame: Json; settle: Settle };
/** What a terminal shows its connection, and the other way round. */
type Port = {
  up(): void;
  down(): void;
  hostOnline(id: string): void;
  stop(why: ProtocolError): void;
  frame(frame: Json): void;
  output(seq: number, bytes: Uint8Array): void;
};
type Link = {
  isUp(): boolean;
  policy(): Policy;
  bind(port: Port): number;
  unbind(channel: number): void;
  forget(port: Port): void;
  send(frame: Json | Uint8Array<ArrayBuffer>): void;
  ask(method: string, params: Json, settle: Settle): void;
};
type DialWithHeaders = new (url: string, o: { headers: Record<string, string> }) => WebSocket;

const DEAD_AFTER_MS = 25_000;
const HEADER_BYTES = 16;
const MAX_OUTPUT = 32_768;
const MAX_INPUT = 16_384;
const FRAMES_KEPT = 128;
const FINAL_CODES = new Set([1000, 4002, 4003, 4004, 4005]); // CL1: do not dial again
const REFUSED = /status code:? (401|403|426)\b/; // WS3, as far as a WebSocket tells

export class ProtocolError extends Error {
  constructor(readonly code: string, message: string, readonly retryable = false) {
    super(message);
  }
}

const isJson = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isHost = (value: unknown): value is Host =>
  isJson(value) && typeof value.id === "string" && typeof value.online === "boolean";
const isSession = (value: unknown): value is Session =>
  isJson(value) && typeof value.id === "string" && typeof value.host === "string";
function wrong(what: string): never {
  throw new ProtocolError("INVALID_REQUEST", `the server sent a wrong ${what}`);
}
function int(from: Json, key: string): number {
  const value = from[key];
  return typeof value === "number" && Number.isSafeInteger(value) ? value : wrong(key);
}
function str(from: Json, key: string): string {
  const value = from[key];
  return typeof value === "string" ? value : wrong(key);
}
function json(from: Json, key: string): Json {
  const value = from[key];
  return isJson(value) ? value : wrong(key);
}
function snapshotOf(from: Json): Snapshot {
  const { hosts, sessions } = from;
  if (!Array.isArray(hosts) || !hosts.every(isHost)) return wrong("hosts");
  if (!Array.isArray(sessions) || !sessions.every(isSession)) return wrong("sessions");
  return {
    hosts,
    sessions,
    stateVersion: int(from, "stateVersion"),
    eventSeq: int(from, "eventSeq"),
  };
}
function errorOf(frame: Json): ProtocolError {
  const { code, message, retryable } = isJson(frame.error) ? frame.error : frame;
  return new ProtocolError(String(code), String(message), retryable === true);
}

/** CL3: exponential, full jitter, 250 ms to 15 s, over again after a good minute. */
class BackOff {
  #tries = 0;
  #since = 0;
  started(): void {
    this.#since = Date.now();
  }
  next(): number {
    const wasGood = this.#since > 0 && Date.now() - this.#since >= 60_000;
    this.#since = 0;
    this.#tries = wasGood ? 0 : this.#tries + 1;
    return wasGood ? 0 : Math.random() * Math.min(15_000, 250 * 2 ** (this.#tries - 1));
  }
}

export class IndependentClient {
  snapshot: Snapshot = { hosts: [], sessions: [], stateVersion: 0, eventSeq: 0 };
  /** Listeners to news, called after `snapshot` has taken it in. */
  readonly events: Set<(news: News) => void> = new Set();
  readonly #url: string;
  readonly #token: string;
  readonly #opened = Promise.withResolvers<void>();
  readonly #pending = new Map<string, Pending>();
  readonly #channels = new Map<number, Port>();
  readonly #ports = new Set<Port>();
  readonly #backOff = new BackOff();
  #ws: WebSocket | undefined;
  #policy: Policy | undefined; // of the connection that is up
  #everUp = false;
  #over: ProtocolError | undefined;
  #beat: ReturnType<typeof setTimeout> | undefined;
  #redial: ReturnType<typeof setTimeout> | undefined;
  #restartInMs = 0;
  #heardAtMs = 0;
  #fault = "";
  #lastId = 0;
  #lastChannel = 0;
  #lastSeq = 0;
  #held: News[] | undefined; // news that waits for state.snapshot (EV3)

  private constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  static async connect(url: string, apiToken: string): Promise<IndependentClient> {
    const client = new IndependentClient(url, apiToken);
    client.#dial();
    await client.#opened.promise;
    return client;
  }

  /** Asks; a request with no answer when the socket is lost is asked anew on the next (RQ5). */
  request(method: string, params: Json = {}, o: { idempotencyKey?: string } = {}): Promise<Json> {
    return new Promise((resolve, reject) =>
      this.#ask(method, params, o, (a) => a instanceof ProtocolError ? reject(a) : resolve(a))
    );
  }

  async openTerminal(
    host: string,
    session: string,
    view: View,
  ): Promise<IndependentTerminal> {
    const link: Link = {
      isUp: () => this.#policy !== undefined,
      policy: () => this.#policy ?? wrong("state"),
      bind: (port) => {
        this.#ports.add(port);
        this.#channels.set(++this.#lastChannel, port); // a number is never used again
        return this.#lastChannel;
      },
      unbind: (channel) => void this.#channels.delete(channel),
      forget: (port) => void this.#ports.delete(port),
      send: (frame) => this.#send(frame),
      ask: (method, params, settle) => this.#ask(method, params, {}, settle),
    };
    if (this.#over) throw this.#over;
    const terminal = new IndependentTerminal(link, host, session, view);
    await terminal.ready;
    return terminal;
  }

  /** For tests: loses the socket as a broken network would; the client dials again. */
  breakConnection(): void {
    this.#drop(4008, "broken on purpose");
  }

  async close(): Promise<void> {
    const ws = this.#ws;
    this.#stop(new ProtocolError("UNAVAILABLE", "the client was closed"));
    if (!ws || ws.readyState === WebSocket.CLOSED) return;
    const gone = Promise.withResolvers<void>();
    ws.addEventListener("close", () => gone.resolve());
    const timer = setTimeout(gone.resolve, 1000);
    ws.close(1000, "done");
    await gone.promise;
    clearTimeout(timer);
  }

  // A settler runs at once, not as a promise's job: the next frame may need what it sets up (AT1).
  #ask(method: string, params: Json, o: { idempotencyKey?: string }, settle: Settle): void {
    if (this.#over) return settle(this.#over);
    const id = String(++this.#lastId);
    const frame = { type: "req", id, method, params, ...o };
    this.#pending.set(id, { frame, settle });
    if (this.#policy) this.#send(frame); // else hello-ok sends it
  }

  #send(frame: Json | Uint8Array<ArrayBuffer>): void {
    if (this.#ws?.readyState !== WebSocket.OPEN) return;
    this.#ws.send(frame instanceof Uint8Array ? frame : JSON.stringify(frame));
  }

  #dial(): void {
    const Dial = WebSocket as unknown as DialWithHeaders;
    const ws = new Dial(this.#url, { headers: { authorization: `Bearer ${this.#token}` } });
    ws.binaryType = "arraybuffer";
    this.#ws = ws;
    this.#fault = "";
    this.#listenEvery(5000);
    const client = { name: "independent-client", version: "1.0.0", role: "operator" };
    ws.onopen = () =>
      this.#send({ type: "hello", minProtocol: 1, maxProtocol: 1, client, caps: [] });
    ws.onmessage = (event) => {
      if (ws === this.#ws && !this.#over) this.#receive(event.data);
    };
    ws.onerror = (event) => {
      if (ws === this.#ws && event instanceof ErrorEvent) this.#fault ||= event.message;
    };
    ws.onclose = (event) => {
      if (ws === this.#ws) this.#lost(event.code, event.reason);
    };
  }

  #listenEvery(ms: number): void {
    this.#heardAtMs = Date.now();
    clearInterval(this.#beat);
    this.#beat = setInterval(() => {
      if (Date.now() - this.#heardAtMs > DEAD_AFTER_MS) return this.#drop(4008, "nothing heard");
      if (this.#policy) this.#send({ type: "ping", id: ++this.#lastId });
    }, ms);
  }

  #drop(code: number, reason: string): void {
    this.#ws?.close(code, reason.slice(0, 40));
    this.#lost(code, reason); // does not wait for a peer that may be dead
  }

  #lost(code: number, reason: string): void {
    this.#ws = this.#policy = this.#held = undefined;
    clearInterval(this.#beat);
    if (this.#over) return;
    const why = this.#fault || reason || `the connection closed with ${code}`;
    const error = new ProtocolError("UNAVAILABLE", why, true);
    if (!this.#everUp || FINAL_CODES.has(code) || REFUSED.test(why)) return this.#stop(error);
    this.#channels.clear(); // CH1
    for (const port of [...this.#ports]) port.down();
    for (const [id, { frame, settle }] of [...this.#pending]) {
      if (!isJson(frame.params) || !("channel" in frame.params)) continue;
      this.#pending.delete(id);
      settle(error);
    }
    const waitMs = Math.max(this.#backOff.next(), this.#restartInMs);
    this.#restartInMs = 0;
    this.#redial = setTimeout(() => this.#dial(), waitMs);
  }

  #stop(why: ProtocolError): void {
    this.#over ??= why;
    clearInterval(this.#beat);
    clearTimeout(this.#redial);
    this.#opened.reject(why);
    for (const port of [...this.#ports]) port.stop(why);
    for (const { settle } of [...this.#pending.values()]) settle(why);
    this.#pending.clear();
  }

  #receive(data: unknown): void {
    this.#heardAtMs = Date.now();
    try {
      if (data instanceof ArrayBuffer) return this.#bytes(data);
      const frame: unknown = JSON.parse(String(data));
      if (!isJson(frame)) return wrong("frame");
      this.#frame(str(frame, "type"), frame);
    } catch (error) {
      this.#drop(4000, error instanceof Error ? error.message : String(error)); // FR1
    }
  }

  #bytes(data: ArrayBuffer): void {
    const length = data.byteLength - HEADER_BYTES;
    if (length < 1 || length > MAX_OUTPUT) return wrong("binary frame's length");
    const header = new DataView(data, 0, HEADER_BYTES);
    if (header.getUint32(0) !== 0x01_00_00_00) return wrong("binary frame's kind");
    // A channel given back may still have frames under way: nobody takes them.
    const port = this.#channels.get(header.getUint32(4));
    port?.output(Number(header.getBigUint64(8)), new Uint8Array(data, HEADER_BYTES));
  }

  #frame(type: string, frame: Json): void {
    if (type === "ping") return this.#send({ type: "pong", id: int(frame, "id") });
    if (type === "event") {
      const [seq, stateVersion] = [int(frame, "seq"), int(frame, "stateVersion")];
      const payload = json(frame, "payload");
      return this.#event({ event: str(frame, "event"), payload, seq, stateVersion });
    }
    if (type === "hello-ok") return this.#helloOk(frame);
    if (type === "hello-error") return this.#stop(errorOf(frame));
    if (type === "res") return this.#answer(str(frame, "id"), frame);
    if (type === "req") {
      const error = { code: "UNKNOWN_METHOD", message: "this client answers no requests" };
      return this.#send({ type: "res", id: str(frame, "id"), ok: false, error });
    }
    if (typeof frame.channel === "number") this.#channels.get(frame.channel)?.frame(frame);
  }

  #helloOk(frame: Json): void {
    const policy = json(frame, "policy");
    this.#policy = {
      tickIntervalMs: int(policy, "tickIntervalMs"),
      creditWindowBytes: int(policy, "creditWindowBytes"),
      inputWindowBytes: int(policy, "inputWindowBytes"),
    };
    this.snapshot = snapshotOf(json(frame, "snapshot"));
    this.#lastSeq = this.snapshot.eventSeq;
    this.#everUp = true;
    this.#backOff.started();
    this.#listenEvery(this.#policy.tickIntervalMs);
    for (const { frame } of this.#pending.values()) this.#send(frame);
    for (const port of [...this.#ports]) port.up();
    this.#opened.resolve();
  }

  #answer(id: string, frame: Json): void {
    const pending = this.#pending.get(id);
    if (!pending || frame.accepted === true) return; // RQ4: the final answer is yet to come
    this.#pending.delete(id);
    pending.settle(frame.ok === true ? json(frame, "payload") : errorOf(frame));
  }

  #event(news: News): void {
    if (this.#held) return void this.#held.push(news);
    if (news.seq <= this.#lastSeq) return;
    if (news.seq > this.#lastSeq + 1) return this.#catchUp(news);
    this.#lastSeq = this.snapshot.eventSeq = news.seq;
    this.snapshot.stateVersion = news.stateVersion;
    this.#apply(news.event, news.payload);
    for (const listener of [...this.events]) {
      try {
        listener(news);
      } catch (error) {
        reportError(error); // a listener's fault is not the server's
      }
    }
  }

  /** EV3: after a gap the state is asked for, and news waits until it is here. */
  #catchUp(first: News): void {
    const held = this.#held = [first];
    this.#ask("state.snapshot", {}, {}, (answer) => {
      if (this.#held !== held) return; // another connection by now
      this.#held = undefined;
      if (!(answer instanceof ProtocolError)) this.snapshot = snapshotOf(answer);
      this.#lastSeq = answer instanceof ProtocolError ? first.seq - 1 : this.snapshot.eventSeq;
      for (const news of held) this.#event(news);
    });
  }

  #apply(event: string, payload: Json): void {
    const { snapshot } = this;
    if (event === "shutdown" && typeof payload.restartInMs === "number") {
      this.#restartInMs = payload.restartInMs;
    } else if (event === "presence" && isHost(payload.host)) {
      const { host } = payload;
      snapshot.hosts = snapshot.hosts.filter((h) => h.id !== host.id);
      if (payload.removed !== true) snapshot.hosts.push(host);
      if (host.online) { for (const port of [...this.#ports]) port.hostOnline(host.id); }
    } else if (event === "session") {
      const host = str(payload, "host");
      const id = payload.ended === true ? str(payload, "id") : str(json(payload, "session"), "id");
      snapshot.sessions = snapshot.sessions.filter((s) => s.host !== host || s.id !== id);
      if (isSession(payload.session)) snapshot.sessions.push(payload.session);
    } else if (event === "health") {
      const { host: id, ...rest } = payload;
      snapshot.hosts = snapshot.hosts.map((h) => h.id === id ? { ...h, ...rest } : h);
    }
  }
}

/** One view of one session (ID2), kept over reconnects. */
export class IndependentTerminal {
  readonly viewer: string = crypto.randomUUID();
  /** Why it ended: a `closed` reason, an error's code, or "done" after `close()`. */
  readonly closed: Promise<string>;
  /** Settles with the first answer to `terminal.attach`. */
  readonly ready: Promise<void>;
  cols: number;
  rows: number;
  holdsSize = false;
  /** How often it attached, and how each went: "resync" or "replay". */
  readonly outcomes: string[] = [];
  resyncs = 0;
  readonly #link: Link;
  readonly #target: { host: string; session: string };
  readonly #view: View;
  readonly #ready = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<string>();
  readonly #backOff = new BackOff();
  readonly #port: Port;
  readonly #encoder = new TextEncoder();
  #channel = 0; // 0: neither attached nor asking to be
  #attached = false;
  #over: ProtocolError | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #listener: OutputListener | undefined;
  #epoch: string | undefined;
  #seq = 0; // the first output byte not yet received
  #screen: Uint8Array[] = [];
  #fresh = false;
  #unread = 0; // received, not yet consumed
  #owed = 0; // consumed, credit not yet given back
  #input = new Uint8Array(); // from #acked on
  #acked = 0;
  #sent = 0;
  #typed: { at: number; resolve(): void; reject(why: Error): void }[] = [];

  constructor(link: Link, host: string, session: string, view: View) {
    this.#link = link;
    this.#target = { host, session };
    this.#view = view;
    this.cols = view.cols;
    this.rows = view.rows;
    this.ready = this.#ready.promise;
    this.closed = this.#closed.promise;
    this.#port = {
      up: () => this.#attach(),
      down: () => this.#leave(),
      hostOnline: (id) => id === host && this.#channel === 0 && this.#attach(),
      stop: (why) => this.#finish(why.code, why),
      frame: (frame) => this.#frame(frame),
      output: (seq, bytes) => this.#output(seq, bytes),
    };
    this.#attach();
  }

  get channel(): number {
    return this.#channel;
  }

  /** Resolves when the session has every byte (IN2). */
  type(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#over) return reject(this.#over);
      const more = this.#encoder.encode(text);
      const all = new Uint8Array(this.#input.length + more.length);
      all.set(this.#input);
      all.set(more, this.#input.length);
      this.#input = all;
      this.#typed.push({ at: this.#acked + all.length, resolve, reject });
      this.#flush();
      this.#acknowledge(this.#acked);
    });
  }

  /** What came since the last resync, the last 128 frames of it. */
  screenBytes(): Uint8Array {
    const bytes = new Uint8Array(this.#screen.reduce((sum, chunk) => sum + chunk.length, 0));
    let at = 0;
    for (const chunk of this.#screen) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }

  /** The same as text, each control sequence a line end. */
  screenText(): string {
    const text = new TextDecoder().decode(this.screenBytes());
    // deno-lint-ignore no-control-regex
    return text.replace(/\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[ -/]*[0-~])/g, "\n");
  }

  /** Calls with what is on the screen, then with all that comes; credit waits for its promise. */
  onOutput(listener: OutputListener): void {
    this.#listener = listener;
    const now = this.screenBytes();
    if (now.length > 0) this.#tell(now, true);
  }

  async waitForText(what: string | RegExp, timeoutMs = 15_000): Promise<string> {
    for (const end = Date.now() + timeoutMs;;) {
      const text = this.screenText();
      if (typeof what === "string" ? text.includes(what) : what.test(text)) return text;
      if (this.#over) throw this.#over;
      if (Date.now() > end) throw new ProtocolError("TIMEOUT", `${what} did not appear`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async close(): Promise<void> {
    const channel = this.#channel;
    this.#finish("done", new ProtocolError("CHANNEL_NOT_FOUND", "the terminal was closed"));
    if (channel === 0) return;
    await new Promise<void>((done) => this.#link.ask("terminal.detach", { channel }, () => done()));
  }

  #attach(): void {
    this.#leave();
    if (this.#over) return;
    const channel = this.#channel = this.#link.bind(this.#port);
    if (!this.#link.isUp()) return this.#leave(); // bound all the same: up() comes back here
    const params = {
      ...this.#target,
      ...this.#view,
      channel,
      viewer: this.viewer,
      creditBytes: Math.max(0, this.#link.policy().creditWindowBytes - this.#unread),
      ...(this.#epoch === undefined ? {} : { resume: { epoch: this.#epoch, seq: this.#seq } }),
    };
    this.#owed = 0;
    this.#link.ask("terminal.attach", params, (answer) => {
      if (channel !== this.#channel) return; // of a socket or an attempt that is gone
      if (!(answer instanceof ProtocolError)) return this.#welcome(answer);
      const first = this.outcomes.length === 0;
      if (answer.retryable && !first) this.#again();
      else this.#finish(answer.code === "SESSION_ENDED" ? "ended" : answer.code, answer);
    });
  }

  #welcome(answer: Json): void {
    this.#attached = true;
    this.#backOff.started();
    this.outcomes.push(str(answer, "outcome"));
    this.#size(answer); // the epoch is that of `resume`, or comes with the resync
    const inputSeq = int(answer, "inputSeq");
    if (inputSeq < this.#acked || inputSeq > this.#acked + this.#input.length) { // IN5
      for (const typed of this.#typed) typed.at += inputSeq - this.#acked;
      this.#acked = inputSeq;
    }
    this.#sent = inputSeq; // IN2: what lies above goes out anew
    this.#acknowledge(inputSeq);
    this.#grant();
    this.#ready.resolve();
  }

  /** Gives the channel up, here only: what still comes on it finds nobody. */
  #leave(): void {
    clearTimeout(this.#retry);
    if (this.#channel > 0) this.#link.unbind(this.#channel);
    this.#channel = 0;
    this.#attached = false;
  }

  #again(): void {
    this.#leave();
    this.#retry = setTimeout(() => this.#attach(), this.#backOff.next());
  }

  #finish(reason: string, why: ProtocolError): void {
    if (this.#over) return;
    this.#over = why;
    this.#leave();
    this.#link.forget(this.#port);
    for (const typed of this.#typed.splice(0)) typed.reject(why);
    this.#ready.reject(why);
    this.#closed.resolve(reason);
  }

  #size(from: Json): void {
    this.cols = int(from, "cols");
    this.rows = int(from, "rows");
    if (typeof from.holdsSize === "boolean") this.holdsSize = from.holdsSize;
  }

  #frame(frame: Json): void {
    if (frame.type === "size") return this.#size(frame);
    if (frame.type === "input-ack") return this.#acknowledge(int(frame, "seq"));
    if (frame.type === "resync") { // AT3: what is unread still counts against the credit
      this.#size(frame);
      this.#epoch = str(frame, "epoch");
      this.#seq = int(frame, "seq");
      this.#screen = [];
      this.#fresh = true;
      this.resyncs++;
    } else if (frame.type === "closed") {
      const reason = str(frame, "reason");
      if (reason === "host-offline" || reason === "failed") return this.#again(); // or presence
      this.#finish(reason, new ProtocolError("SESSION_ENDED", `the terminal closed: ${reason}`));
    }
  }

  #output(seq: number, bytes: Uint8Array): void {
    if (seq !== this.#seq) return this.#again(); // resume from what is known
    this.#seq += bytes.length;
    this.#unread += bytes.length;
    this.#screen.push(bytes);
    if (this.#screen.length > FRAMES_KEPT) this.#screen.shift();
    const fresh = this.#fresh;
    this.#fresh = false;
    this.#tell(bytes, fresh).then(() => {
      this.#unread -= bytes.length;
      this.#owed += bytes.length;
      this.#grant();
    });
  }

  async #tell(bytes: Uint8Array, afterResync: boolean): Promise<void> {
    try {
      await this.#listener?.(bytes, afterResync);
    } catch (error) {
      reportError(error); // a listener's fault is not the server's
    }
  }

  #grant(): void {
    if (!this.#attached || this.#owed < this.#link.policy().creditWindowBytes / 4) return; // CR2
    this.#link.send({ type: "credit", channel: this.#channel, bytes: this.#owed });
    this.#owed = 0;
  }

  #acknowledge(upTo: number): void {
    if (upTo > this.#acked) {
      this.#input = this.#input.slice(upTo - this.#acked);
      this.#acked = upTo;
    }
    this.#sent = Math.max(this.#sent, this.#acked);
    while (this.#typed[0] && this.#typed[0].at <= this.#acked) this.#typed.shift()?.resolve();
    this.#flush();
  }

  #flush(): void {
    if (!this.#attached) return;
    const { inputWindowBytes } = this.#link.policy();
    const end = this.#acked + Math.min(this.#input.length, inputWindowBytes); // IN3
    while (this.#sent < end) {
      const from = this.#sent - this.#acked;
      const part = this.#input.subarray(from, Math.min(from + MAX_INPUT, end - this.#acked));
      const frame = new Uint8Array(HEADER_BYTES + part.length);
      const header = new DataView(frame.buffer);
      header.setUint32(0, 0x02_00_00_00);
      header.setUint32(4, this.#channel);
      header.setBigUint64(8, BigInt(this.#sent));
      frame.set(part, HEADER_BYTES);
      this.#link.send(frame);
      this.#sent += part.length;
    }
  }
}

function options(args: string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (let i = 0; i < args.length; i += 2) {
    const [name, value] = [args[i] ?? "", args[i + 1]];
    const known = ["--url", "--token-file", "--host", "--command"].includes(name);
    if (!known || value === undefined) throw new Error(`wrong option: ${name}`);
    found.set(name.slice(2), value);
  }
  return found;
}

async function main(args: string[]): Promise<void> {
  const given = options(args);
  const [url, tokenFile] = [given.get("url"), given.get("token-file")];
  if (!url || !tokenFile) throw new Error("--url and --token-file are needed");
  const client = await IndependentClient.connect(url, (await Deno.readTextFile(tokenFile)).trim());
  const wanted = given.get("host");
  const host = client.snapshot.hosts.find((h) => h.online && (!wanted || h.id === wanted));
  if (!host) throw new Error(wanted ? `the host ${wanted} is not online` : "no host is online");
  const size = { cols: 80, rows: 24 };
  const command = given.get("command")?.trim().split(/\s+/);
  const params = { host: host.id, title: "independent client", ...size };
  const { session } = await client.request(
    "sessions.start",
    command ? { ...params, command } : params,
    { idempotencyKey: crypto.randomUUID() },
  );
  if (!isSession(session)) return wrong("session");
  const ids = { host: host.id, session: session.id };
  try {
    const terminal = await client.openTerminal(host.id, session.id, size);
    terminal.onOutput((bytes) => void Deno.stdout.writeSync(bytes));
    await terminal.type("echo $((6*7))\r");
    await terminal.waitForText(/(^|[\r\n])42(?!\d)/);
    await terminal.close();
  } finally {
    await client.request("sessions.end", ids, { idempotencyKey: crypto.randomUUID() });
  }
  await client.close();
}

if (import.meta.main) {
  try {
    await main(Deno.args);
    Deno.exit(0);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const code = error instanceof ProtocolError ? ` (${error.code})` : "";
    console.error(`independent_client: ${text.replaceAll("\n", " ")}${code}`);
    Deno.exit(1);
  }
}

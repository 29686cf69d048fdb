/**
 * A second client of the protocol, written from `protocol/SPEC.md` alone to show that the page is
 * enough; it imports nothing of this repository. Comments name the rules of that page.
 *
 *     deno run -A e2e/independent_client.ts --url ws://127.0.0.1:8420/ws --token-file FILE
 */
import { parseArgs } from "node:util";

type Json = Record<string, unknown>;
type Size = { cols: number; rows: number };
type Snapshot = { hosts: { id: string; online: boolean }[]; sessions: { id: string }[] };
type Policy = { tickIntervalMs: number; creditWindowBytes: number };
type Answer = { id: string; accepted?: true; payload: Json; error?: Json };
type ChannelNews = Size & { channel: number; seq: number; reason: string; bytes: Uint8Array };
/** Every field read here of any frame; a frame has those of its type. */
type Frame = { type: string; policy: Policy; snapshot: Snapshot } & Answer & ChannelNews;
type Dial = new (url: string, options: { headers: Record<string, string> }) => WebSocket;

export class IndependentClient {
  snapshot: Snapshot = { hosts: [], sessions: [] }; // as of hello-ok
  #window = 0;
  #lastId = 0;
  #heardAtMs = 0;
  #beat: ReturnType<typeof setInterval> | undefined;
  #over: Error | undefined;
  readonly #ws: WebSocket;
  readonly #pending = new Map([["hello", Promise.withResolvers<Json>()]]); // by a request's id
  readonly #channels = new Map<number, (frame: Frame) => void>();

  private constructor(url: string, token: string) {
    const headers = { authorization: `Bearer ${token}` }; // WS2
    const client = { name: "independent-client", version: "1.0.0", role: "operator" };
    const hello = { type: "hello", minProtocol: 1, maxProtocol: 1, client, caps: [] };
    const ws = this.#ws = new (WebSocket as unknown as Dial)(url, { headers });
    ws.binaryType = "arraybuffer";
    ws.onopen = () => this.#send(hello);
    ws.onerror = (event) => this.close(event instanceof ErrorEvent ? event.message : "no socket");
    ws.onclose = ({ code, reason }) => this.close(`the socket closed: ${code} ${reason}`);
    ws.onmessage = ({ data }) => {
      try {
        this.#receive(typeof data === "string" ? JSON.parse(data) : outputFrame(data));
      } catch (error) {
        this.close(`a wrong frame came: ${error}`, 4000); // FR1
      }
    };
  }

  static async connect(url: string, token: string): Promise<IndependentClient> {
    const client = new IndependentClient(url, token);
    await client.#pending.get("hello")?.promise;
    return client;
  }

  async request(method: string, params: Json = {}, key: { idempotencyKey?: string } = {}) {
    const id = String(++this.#lastId);
    const answer = Promise.withResolvers<Json>();
    this.#send({ type: "req", id, method, params, ...key });
    this.#pending.set(id, answer);
    return await answer.promise.finally(() => this.#pending.delete(id));
  }

  /** One view of the session (ID2). */
  async openTerminal(host: string, session: string, size: Size) {
    const [channel, viewer, creditBytes] = [++this.#lastId, crypto.randomUUID(), this.#window];
    const decoder = new TextDecoder();
    let [screen, received, owed, sent, acked, closed] = ["", 0, 0, 0, 0, ""];
    this.#channels.set(channel, ({ type, seq, cols, rows, reason, bytes }) => {
      if (type === "closed") closed = reason;
      if (type === "input-ack") acked = seq;
      if (type === "size" || type === "resync") terminal.size = { cols, rows };
      if (type === "resync") [screen, received] = ["", seq];
      if (type !== "output") return;
      if (seq !== received) closed ||= "output is missing"; // BY2
      screen += decoder.decode(bytes, { stream: true });
      received += bytes.length;
      if ((owed += bytes.length) < creditBytes / 4) return; // CR2
      this.#send({ type: "credit", channel, bytes: owed });
      owed = 0;
    });
    const until = async (done: () => boolean, what: string, deadlineMs = 15_000) => {
      for (const end = Date.now() + deadlineMs; !done();) {
        if (this.#over || closed) throw this.#over ?? new Error(`the terminal closed: ${closed}`);
        if (Date.now() > end) throw new Error(`${what} did not come within ${deadlineMs} ms`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    const terminal = {
      size,
      /** Resolves when the session has the text (IN2), which is one frame: up to 16 KiB (BY4). */
      type: async (text: string): Promise<void> => {
        const input = new TextEncoder().encode(text);
        const frame = new Uint8Array([2, ...new Uint8Array(15), ...input]); // BY1
        new DataView(frame.buffer).setUint32(4, channel);
        new DataView(frame.buffer).setBigUint64(8, BigInt(sent));
        this.#send(frame);
        const end = sent += input.length;
        await until(() => acked >= end, "input-ack");
      },
      /** What was drawn since the last resync, each control sequence a line end. */
      // deno-lint-ignore no-control-regex
      screenText: () => screen.replace(/\x1b(\[[ -?]*[@-~]|\][^\x07\x1b]*|[ -/]*[0-~])/g, "\n"),
      waitForText: (text: string, deadlineMs?: number): Promise<void> =>
        until(() => terminal.screenText().includes(text), JSON.stringify(text), deadlineMs),
      close: (): Promise<Json> => this.request("terminal.detach", { channel }),
    };
    // The answer need not be read: for a new viewer a resync says all of it again (AT3).
    await this.request("terminal.attach", { host, session, channel, viewer, ...size, creditBytes });
    return terminal;
  }

  close(why = "the client was closed", code = 1000): void {
    if (this.#over) return;
    this.#over = new Error(why);
    clearInterval(this.#beat);
    for (const { reject } of this.#pending.values()) reject(this.#over);
    this.#ws.close(code, why.slice(0, 40));
  }

  #send(frame: Json | Uint8Array<ArrayBuffer>): void {
    if (this.#over) throw this.#over;
    this.#ws.send(frame instanceof Uint8Array ? frame : JSON.stringify(frame));
  }

  #receive(frame: Frame): void {
    const { type, id = "hello", error } = frame;
    const answer = this.#pending.get(id);
    this.#heardAtMs = Date.now();
    if (type === "ping") this.#send({ type: "pong", id });
    else if (type === "res" || type === "hello-error") {
      if (error) answer?.reject(new Error(`${error.code}: ${error.message}`));
      else if (!frame.accepted) answer?.resolve(frame.payload); // RQ4
    } else if (type === "hello-ok") {
      this.snapshot = frame.snapshot;
      this.#window = frame.policy.creditWindowBytes;
      this.#beat = setInterval(() => { // HB1
        if (Date.now() - this.#heardAtMs > 25_000) this.close("nothing heard for 25 s", 4008);
        else this.#send({ type: "ping", id: ++this.#lastId });
      }, frame.policy.tickIntervalMs);
      answer?.resolve({});
    } else this.#channels.get(frame.channel)?.(frame); // FR2: all else finds no channel
  }
}

function outputFrame(data: ArrayBuffer) { // BY1
  const header = new DataView(data, 0, 16);
  if (header.getUint32(0) !== 0x01_00_00_00) throw new Error("not output");
  const [channel, seq] = [header.getUint32(4), Number(header.getBigUint64(8))];
  return { type: "output", channel, seq, bytes: new Uint8Array(data, 16) };
}

async function main(): Promise<void> {
  const options = { url: { type: "string" }, "token-file": { type: "string" } } as const;
  const { url, "token-file": tokenFile } = parseArgs({ options }).values;
  if (!url || !tokenFile) throw new Error("--url and --token-file are needed");
  const client = await IndependentClient.connect(url, (await Deno.readTextFile(tokenFile)).trim());
  const host = client.snapshot.hosts.find(({ online }) => online)?.id;
  if (!host) throw new Error("no host is online");
  const key = () => ({ idempotencyKey: crypto.randomUUID() });
  const started = await client.request("sessions.start", { host }, key());
  const { id: session } = started.session as { id: string };
  try {
    const terminal = await client.openTerminal(host, session, { cols: 80, rows: 24 });
    await terminal.type("echo $((6*7))\r");
    await terminal.waitForText("42");
  } finally {
    await client.request("sessions.end", { host, session }, key());
  }
  client.close();
  console.log("42");
}

if (import.meta.main) {
  await main().catch((error: Error) => {
    console.error(`independent_client: ${error.message}`);
    Deno.exit(1);
  });
}

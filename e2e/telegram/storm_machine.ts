import { type Clock, sleep } from "@chatcode/kit";
import {
  encodeFrame,
  type EventPayload,
  type Frame,
  type HostId,
  hostId,
  parseFrame,
  type ReqFrame,
  type Session,
  sessionId,
  type Turn,
} from "@chatcode/protocol";
import { hostHeaders, hostHello, testSession } from "../../relay/testing/open_sockets.ts";
import type { GatewayCredentials } from "../harness/relay.ts";

type ToldTurn = EventPayload<"turn">;

/** Between two tries to reach the relay, in real milliseconds. */
const REDIAL_MS = 100;

/** A prompt as it came over the relay. */
export interface HeardPrompt {
  readonly session: string;
  readonly text: string;
  /** The keys under which it was asked: a retry has the same. */
  readonly keys: Set<string>;
}

/**
 * A machine that is played: it numbers its turns and tells them again in each new socket until the
 * relay has acknowledged them, as SPEC [TU7] asks; and it takes prompts, each key once.
 */
export class StormMachine implements AsyncDisposable {
  readonly id: HostId;
  readonly prompts: HeardPrompt[] = [];
  /** Turns told in all, and how many of them again. */
  told = 0;
  retold = 0;
  connections = 0;
  readonly #clock: Clock;
  readonly #credentials: GatewayCredentials;
  readonly #url: string;
  readonly #sessions: Session[];
  readonly #unacked = new Map<string, ToldTurn[]>();
  readonly #outbox = new Map<string, number>();
  readonly #onPrompt: (session: string, text: string) => void;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #socket: WebSocket | undefined;
  #isUp = false;

  constructor(options: {
    clock: Clock;
    credentials: GatewayCredentials;
    url: string;
    sessions: readonly { id: string; title: string }[];
    onPrompt(session: string, text: string): void;
  }) {
    this.#clock = options.clock;
    this.#credentials = options.credentials;
    this.id = hostId.parse(options.credentials.id);
    this.#url = options.url.replace("http", "ws") + "/gw/connect";
    this.#onPrompt = options.onPrompt;
    this.#sessions = options.sessions.map(({ id, title }) => ({
      ...testSession(this.id, id),
      title,
      agent: "claude",
    }));
    this.#running = this.#run();
  }

  /** Turns that the relay has not acknowledged. */
  get unacked(): number {
    return [...this.#unacked.values()].reduce((sum, turns) => sum + turns.length, 0);
  }

  say(session: string, turn: Omit<Turn, "rev" | "atMs">): void {
    const outbox = (this.#outbox.get(session) ?? 0) + 1;
    this.#outbox.set(session, outbox);
    const told: ToldTurn = {
      host: this.id,
      session: sessionId.parse(session),
      agent: "claude",
      conversation: `c-${session}`,
      turn: { rev: 0, atMs: this.#clock.now(), ...turn } as Turn,
      outbox,
    };
    const waiting = this.#unacked.get(session) ?? [];
    waiting.push(told);
    this.#unacked.set(session, waiting);
    this.told += 1;
    if (this.#isUp) this.#tell(told);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    this.#socket?.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await this.#connect();
      await sleep(
        { now: Date.now, setTimer: this.#realTimer },
        REDIAL_MS,
        this.#stopping.signal,
      ).catch(() => {});
    }
  }

  readonly #realTimer = (fn: () => void, ms: number): Disposable => {
    const id = setTimeout(fn, ms);
    return { [Symbol.dispose]: () => clearTimeout(id) };
  };

  /** Resolves when the connection is over. */
  #connect(): Promise<void> {
    // Deno's client takes headers; the DOM's type does not know.
    const Dialler = WebSocket as unknown as new (url: string, o: { headers: unknown }) => WebSocket;
    const socket = new Dialler(this.#url, { headers: hostHeaders(this.#credentials) });
    this.#socket = socket;
    return new Promise((resolve) => {
      socket.onopen = () => this.#send(hostHello(this.#sessions));
      socket.onmessage = ({ data }) => this.#receive(String(data));
      socket.onerror = () => {};
      socket.onclose = () => {
        this.#isUp = false;
        resolve();
      };
    });
  }

  #receive(data: string): void {
    const parsed = parseFrame(data);
    if (parsed.state !== "frame") return;
    const { frame } = parsed;
    switch (frame.type) {
      case "hello-ok":
        this.#isUp = true;
        this.connections += 1;
        for (const turns of this.#unacked.values()) {
          for (const turn of turns) {
            this.retold += 1;
            this.#tell(turn);
          }
        }
        return;
      case "ping":
        return this.#send({ type: "pong", id: frame.id });
      case "turn-ack": {
        const waiting = this.#unacked.get(frame.session) ?? [];
        const left = waiting.filter(({ outbox = 0 }) => outbox > frame.outbox);
        this.#unacked.set(frame.session, left);
        return;
      }
      case "req":
        return this.#answer(frame);
      default:
        return;
    }
  }

  #answer(req: ReqFrame): void {
    if (req.method !== "prompts.send") {
      const error = { code: "UNKNOWN_METHOD", message: `Cannot answer: no ${req.method}` } as const;
      return this.#send({ type: "res", id: req.id, ok: false, error });
    }
    const { session, text } = req.params as { session: string; text: string };
    const key = req.idempotencyKey ?? "";
    const known = this.prompts.find((prompt) => prompt.session === session && prompt.text === text);
    if (known) known.keys.add(key);
    else {
      this.prompts.push({ session, text, keys: new Set([key]) });
      this.#onPrompt(session, text);
    }
    this.#send({ type: "res", id: req.id, ok: true, accepted: true });
    const payload = { outcome: "delivered", turn: `p-${key}`.slice(0, 100), changes: [] };
    this.#send({ type: "res", id: req.id, ok: true, payload });
  }

  #tell(payload: ToldTurn): void {
    this.#send({
      type: "event",
      event: "turn",
      payload: payload as unknown as Record<string, unknown>,
      seq: 1,
      stateVersion: 1,
    });
  }

  #send(frame: Frame): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(encodeFrame(frame));
  }
}

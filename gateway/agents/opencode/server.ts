import type { Verdict } from "@chatcode/protocol";
import type { AgentServer, AgentServerOptions } from "../agent_server.ts";
import { isLoose, listOf, textOf } from "../loose.ts";
import { readEvent } from "./events.ts";
import { pause } from "../../pause.ts";

/** Between two tries to reach it, in milliseconds. */
const AGAIN_MS = 300;
const MAX_AGAIN_MS = 1_000;
const REPLY_LIMIT_MS = 5_000;
/**
 * For the event stream's head, in milliseconds. OpenCode takes connections before it is ready, and
 * forgets the requests that came first: whoever waits for them waits for ever. Each try waits longer.
 */
const HEAD_LIMIT_MS = 2_000;
const MAX_HEAD_LIMIT_MS = 16_000;
/** One event, in bytes. */
const MAX_EVENT_BYTES = 4 * 1024 * 1024;
const REPLIES: Readonly<Record<Verdict, string>> = {
  "allow": "once",
  "allow-session": "always",
  "deny": "reject",
};

/** OpenCode's own server, on a loopback port and behind a password: its events and answers. */
export class OpenCodeServer implements AgentServer {
  readonly #options: AgentServerOptions;
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;

  constructor(options: AgentServerOptions) {
    this.#options = options;
    this.#running = this.#follow();
  }

  async reply(requestId: string, verdict: Verdict): Promise<boolean> {
    const path = `/permission/${encodeURIComponent(requestId)}/reply`;
    try {
      const response = await this.#fetch(path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ reply: REPLIES[verdict] }),
        signal: AbortSignal.timeout(REPLY_LIMIT_MS),
      });
      await response.body?.cancel();
      return response.ok;
    } catch {
      return false; // the keys are left
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#closing;
    let headLimitMs = HEAD_LIMIT_MS;
    for (let waitMs = AGAIN_MS; !signal.aborted;) {
      try {
        await this.#read(signal, headLimitMs);
        waitMs = AGAIN_MS;
        headLimitMs = HEAD_LIMIT_MS;
      } catch (error) {
        const isSlow = error instanceof DOMException && error.name === "TimeoutError";
        if (isSlow) headLimitMs = Math.min(MAX_HEAD_LIMIT_MS, 2 * headLimitMs);
        if (!signal.aborted) this.#options.log.debug("agent.server_away", { error });
      }
      await pause(waitMs, signal);
      waitMs = Math.min(MAX_AGAIN_MS, waitMs + 100);
    }
  }

  async #read(signal: AbortSignal, headLimitMs: number): Promise<void> {
    const response = await this.#openStream(signal, headLimitMs);
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      throw new Error(`The agent's server answers ${response.status}`);
    }
    // What was asked before we listened.
    const limit = AbortSignal.any([signal, AbortSignal.timeout(REPLY_LIMIT_MS)]);
    const asked = await this.#fetch("/permission", { signal: limit });
    const open: unknown = asked.ok ? await asked.json() : [];
    for (const properties of listOf(open)) this.#tell({ type: "permission.asked", properties });
    let text = "";
    for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
      text += part;
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        this.#take(text.slice(0, end));
        text = text.slice(end + 2);
      }
      if (text.length > MAX_EVENT_BYTES) throw new Error("An event of the agent's is too long");
    }
  }

  /** @throws {DOMException} TimeoutError */
  async #openStream(signal: AbortSignal, limitMs: number): Promise<Response> {
    const opening = new AbortController();
    const error = new DOMException("The agent's server does not answer", "TimeoutError");
    const timer = setTimeout(() => opening.abort(error), limitMs);
    try {
      return await this.#fetch("/event", { signal: AbortSignal.any([signal, opening.signal]) });
    } finally {
      clearTimeout(timer); // the stream itself has no end
    }
  }

  #take(block: string): void {
    const json = block.split("\n").filter((line) => line.startsWith("data:"))
      .map((line) => line.slice(5)).join("\n");
    try {
      this.#tell(JSON.parse(json));
    } catch {
      // A comment, or nothing to us.
    }
  }

  #tell(event: unknown): void {
    const news = isLoose(event) && textOf(event["type"]) !== "" ? readEvent(event) : undefined;
    if (news !== undefined) this.#options.onNews(news);
  }

  #fetch(path: string, init: RequestInit): Promise<Response> {
    const { port, password } = this.#options;
    const headers = new Headers(init.headers);
    if (password !== undefined) {
      headers.set("authorization", `Basic ${btoa(`opencode:${password}`)}`);
    }
    return fetch(`http://127.0.0.1:${port}${path}`, { ...init, headers, redirect: "error" });
  }
}

/** The port that a process's command line gives to its server. */
export function portIn(argv: readonly string[]): number | undefined {
  const at = argv.indexOf("--port");
  const port = Number(argv[at + 1]);
  return at >= 0 && Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}

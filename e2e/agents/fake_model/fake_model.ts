import type { AgentId } from "@chatcode/protocol";
import { answer, orAborted, sideAnswer } from "./answer.ts";
import { anthropic } from "./anthropic.ts";
import { chat } from "./chat.ts";
import type { Asked, Dialect, Stamp, TokenCount } from "./dialect.ts";
import { readDirectives } from "./directives.ts";
import { eventStream } from "./event_stream.ts";
import { gemini } from "./gemini.ts";
import { responses } from "./responses.ts";
import type { Purpose, SeenRequest } from "./seen_request.ts";

const DIALECTS: readonly Dialect[] = [anthropic, responses, gemini, chat];

/** Where slow answers of one name wait. */
interface Gate {
  arrived: boolean;
  readonly open: PromiseWithResolvers<void>;
}

/**
 * A model on this machine that does what the prompts tell it (`directives.ts`), by the APIs of all
 * four agents. What it was asked and which tokens it reported is there for the test to compare.
 */
export class FakeModel implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #endings = new Set<AbortController>();
  readonly #requests: SeenRequest[] = [];
  readonly #gates = new Map<string, Gate>();

  private constructor() {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#serve(request),
    );
  }

  static start(): FakeModel {
    return new FakeModel();
  }

  /** Without a slash at its end. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** All requests so far, oldest first. */
  get requests(): readonly SeenRequest[] {
    return this.#requests;
  }

  /** The conversation's own requests of one agent; `holding` is a part of the prompt. */
  main(agent: AgentId, holding = ""): SeenRequest[] {
    return this.#requests.filter((request) =>
      request.agent === agent && request.purpose === "main" && request.prompt.includes(holding)
    );
  }

  /** Whether half of a slow answer of that name has gone out, and it waits to be released. */
  isWaiting(name: string): boolean {
    return this.#gate(name).arrived;
  }

  /** Lets the slow answers of that name go on, also those still to come. */
  release(name: string): void {
    this.#gate(name).open.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const ending of this.#endings) ending.abort();
    await this.#server.shutdown();
  }

  #gate(name: string): Gate {
    const gate = this.#gates.get(name) ?? { arrived: false, open: Promise.withResolvers<void>() };
    this.#gates.set(name, gate);
    return gate;
  }

  async #serve(request: Request): Promise<Response> {
    const { pathname: path } = new URL(request.url);
    const text = await request.text();
    const body: unknown = text === "" ? undefined : JSON.parse(text);
    const dialect = DIALECTS.find((dialect) => dialect.path.test(path));
    if (request.method === "POST" && dialect !== undefined) {
      return await this.#ask(dialect, request, path, body);
    }
    if (/:countTokens$|\/count_tokens$/.test(path)) {
      this.#note(request, path, body, "count");
      return Response.json({ input_tokens: 42, totalTokens: 42 });
    }
    if (/\/models$/.test(path)) {
      this.#note(request, path, body, "models");
      return Response.json({ object: "list", data: [], models: [], has_more: false });
    }
    this.#note(request, path, body, "other").outcome = "refused";
    return Response.json({ error: { message: "The fake model has no such path" } }, {
      status: 404,
    });
  }

  #note(request: Request, path: string, body: unknown, purpose: Purpose, more: {
    agent?: AgentId;
    asked?: Asked;
    answerId?: string;
  } = {}): SeenRequest {
    const seen: SeenRequest = {
      n: this.#requests.length + 1,
      atMs: Date.now(),
      agent: more.agent,
      purpose,
      method: request.method,
      path,
      body,
      model: more.asked?.model ?? "",
      prompt: more.asked?.prompt ?? "",
      toolResults: more.asked?.toolResults ?? [],
      answerId: more.answerId,
      outcome: more.asked === undefined ? "done" : "answering",
      endedAtMs: undefined,
      reported: undefined,
    };
    this.#requests.push(seen);
    return seen;
  }

  async #ask(dialect: Dialect, request: Request, path: string, body: unknown): Promise<Response> {
    const asked = dialect.read(body, path);
    const id = `fake${String(this.#requests.length + 1).padStart(6, "0")}`;
    const answerId = `${dialect === anthropic ? "msg" : "resp"}_${id}`;
    const purpose = asked.shell === undefined ? "side" : "main";
    const { agent } = dialect;
    const seen = this.#note(request, path, body, purpose, { agent, asked, answerId });
    const directives = readDirectives(purpose === "main" ? asked.prompt : "");
    const ending = new AbortController();
    const { signal } = ending;
    this.#endings.add(ending);
    const dropAfter = directives.drop && this.#before(seen).length === 0 ? 3 : Infinity;
    const stream = (events: AsyncIterable<string>) =>
      eventStream(events, seen, { ending, dropAfter });

    if (directives.hang) return stream(silence(signal));
    const refusals = this.#before(seen).filter(({ outcome }) => outcome === "refused");
    if (directives.error !== undefined && refusals.length < directives.error.times) {
      const { status } = directives.error;
      seen.outcome = "refused";
      return Response.json(dialect.error(status, `fake error ${status}`), { status });
    }
    const released = (name: string) => {
      const gate = this.#gate(name);
      gate.arrived = true;
      return gate.open.promise;
    };
    const parts = purpose === "main"
      ? answer(asked, directives, { id, released, signal })
      : sideAnswer(asked);
    const stamp: Stamp = {
      id: answerId,
      model: asked.model,
      tokens: tokensOf(seen.n, dialect),
      report: (tokens) => seen.reported = tokens,
    };
    if (asked.stream) return stream(dialect.stream(parts, stamp));
    const whole = dialect.whole(await Array.fromAsync(parts), stamp);
    seen.outcome = "done";
    return Response.json(whole);
  }

  /** The same question, asked before: the agent tries again. */
  #before(seen: SeenRequest): SeenRequest[] {
    return this.#requests.filter((other) =>
      other.n < seen.n && other.agent === seen.agent && other.purpose === seen.purpose &&
      other.prompt === seen.prompt && other.toolResults.length === seen.toolResults.length
    );
  }
}

/** An answer that never begins. */
// deno-lint-ignore require-yield -- that is the point
async function* silence(signal: AbortSignal): AsyncGenerator<string> {
  await orAborted(new Promise<void>(() => {}), signal);
}

/** Different for each request, so that one counted twice or not at all shows in any sum. */
function tokensOf(n: number, dialect: Dialect): TokenCount {
  return {
    input: 1000 + 7 * n,
    cachedInput: 300 + 3 * n,
    cacheWrite: dialect === anthropic ? 20 + n : 0,
    output: 40 + n,
    reasoning: dialect === anthropic ? 0 : 5,
  };
}

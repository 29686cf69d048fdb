import { PROMPT_TIMEOUT_MS, ProtocolError } from "@chatcode/protocol";
import type { AgentSession } from "../conversations/agent_session.ts";
import { Delivery } from "./delivery.ts";
import { safeText } from "./safe_text.ts";
import { Sighting } from "./sighting.ts";
import { printOf, type TypedBook, type TypedPrompt } from "./typed_book.ts";
import { Typing } from "./typing.ts";
import type { Typist } from "./typist.ts";
import { pause } from "../pause.ts";
import { WaitingLine } from "./waiting_line.ts";

export interface PromptsOptions {
  readonly typist: Typist;
  /** The visible screen; for readiness only. */
  readonly screen: (pane: string) => Promise<string>;
  readonly book: TypedBook;
  /** Default: `PROMPT_TIMEOUT_MS`. */
  readonly timeoutMs?: number;
}

/** A session's agent and the pane it runs in. */
export interface Addressee {
  readonly session: string;
  readonly agentSession: AgentSession;
  readonly pane: string;
  /** Whether it still runs there. */
  readonly isThere: () => boolean;
  /** Looks for a typed prompt in transcripts that are nobody's yet. */
  readonly echo: (typed: { text: string; sinceMs: number }) => Promise<void>;
}

export interface Delivered {
  readonly outcome: "delivered" | "queued";
  readonly turn?: string;
  readonly changes: string[];
}

const LOOK_MS = 100;
/** An interrupt without effect is pressed again after this, in milliseconds. */
const ESCAPE_AGAIN_MS = 1_500;
const INTERRUPT_LIMIT_MS = 10_000;

/** Types prompts into agents, one at a time for each, and sees each arrive. SPEC [PR1] to [PR6]. */
export class Prompts {
  readonly #options: PromptsOptions;
  readonly #typing: Typing;
  readonly #delivery: Delivery;
  readonly #line = new WaitingLine<AgentSession>();

  constructor(options: PromptsOptions) {
    this.#options = options;
    this.#typing = new Typing(options);
    this.#delivery = new Delivery(options);
  }

  /**
   * @throws ProtocolError PROMPT_REFUSED, AGENT_NOT_FOUND, LIMIT_REACHED; AGENT_TIMEOUT if it was
   * typed and is not seen, or if the agent was not ready in time and nothing was sent; CONFLICT if
   * the key sent something else. Asked again with the same key, it sends nothing a second time.
   */
  send(to: Addressee, prompt: { text: string; key: string }): Promise<Delivered> {
    return this.#line.join(to.agentSession, () => this.#send(to, prompt));
  }

  /** Stops what the agent does; no more than that. @throws ProtocolError AGENT_TIMEOUT */
  async interrupt({ agentSession, pane, isThere }: Addressee): Promise<void> {
    const isStopped = () => !isThere() || !["working", "waiting"].includes(agentSession.status);
    let stopped = isStopped();
    using _listener = agentSession.onTurn(({ kind }) => {
      if (kind === "interrupted") stopped = true;
    });
    const untilMs = Date.now() + INTERRUPT_LIMIT_MS;
    let pressedMs = 0;
    while (!stopped && Date.now() < untilMs) {
      if (Date.now() - pressedMs > ESCAPE_AGAIN_MS) {
        await this.#options.typist.keys(pane, agentSession.agent.interruptKeys);
        pressedMs = Date.now();
      }
      await pause(LOOK_MS);
      stopped ||= isStopped();
    }
    if (stopped) return;
    throw new ProtocolError(
      "AGENT_TIMEOUT",
      "The agent still works: it did not take the interrupt",
    );
  }

  async #send(to: Addressee, { text: given, key }: { text: string; key: string }) {
    const { text, changes } = safeText(given, to.agentSession.agent.slashCommands);
    const untilMs = Date.now() + (this.#options.timeoutMs ?? PROMPT_TIMEOUT_MS);
    const known = this.#known(key, printOf(to.session, text));
    const isAgain = known?.isEntered === true;
    if (!isAgain) await this.#typing.untilReady(to, untilMs);
    const { book } = this.#options;
    using seen = new Sighting({
      agentSession: to.agentSession,
      text,
      atMs: isAgain ? known.atMs : Date.now(),
      isTaken: (turn) => book.isTaken(turn, key),
    });
    if (isAgain) await seen.lookBack();
    const typed = isAgain ? known : await this.#typing.type(to, { text, key, known });
    const delivered = await this.#delivery.untilSeen(to, { text, typed, seen, untilMs });
    if (delivered.turn !== undefined) book.seen(key, delivered.turn);
    return { ...delivered, changes: [...changes] };
  }

  #known(key: string, print: string): TypedPrompt | undefined {
    const known = this.#options.book.get(key);
    if (known === undefined || known.print === print) return known;
    throw new ProtocolError(
      "CONFLICT",
      "Cannot send the prompt: the idempotency key sent another one",
    );
  }
}

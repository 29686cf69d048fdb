import type { Log } from "@chatcode/kit";
import type { Turn } from "@chatcode/protocol";
import type { Agent, Env } from "../agents/agent.ts";
import { Conversation } from "./conversation.ts";
import type { Outbox, Outgoing } from "./outbox.ts";
import type { Bound } from "./which_transcript.ts";

export interface BoundConversationOptions {
  readonly agent: Agent;
  readonly env: Env;
  readonly outbox: Outbox;
  readonly log: Log;
  /** What was said before was told before: by whoever ran the agent then. */
  readonly sinceMs: number;
  /** Also of one that is left, with its last words; `isCurrent` tells them apart. */
  readonly onTurn: (
    turn: Turn,
    told: { outgoing: Outgoing | undefined; isCurrent: boolean },
  ) => void;
  /** The current one is read to its end. */
  readonly onCaughtUp: (conversation: Conversation) => void;
}

/** The conversation that an agent leads now, and those it has left, which may have a last word. */
export class BoundConversation implements AsyncDisposable {
  readonly #options: BoundConversationOptions;
  readonly #left = new Set<Promise<void>>();
  #current: Conversation | undefined;

  constructor(options: BoundConversationOptions) {
    this.#options = options;
  }

  get current(): Conversation | undefined {
    return this.#current;
  }

  /** A file holds one conversation, whatever it is called; a database many. */
  isSame({ conversation, transcript }: Bound): boolean {
    const now = this.#current;
    return now?.transcript === transcript &&
      (now.place.kind === "files" || now.id === conversation);
  }

  /** Follows that one from now on. */
  switchTo({ conversation: id, transcript }: Bound): void {
    const { agent, env, outbox, sinceMs, log, onTurn, onCaughtUp } = this.#options;
    if (this.#current !== undefined) this.#leave(this.#current);
    const next: Conversation = this.#current = Conversation.follow({
      ...{ agent, id, transcript, outbox, sinceMs, log },
      place: agent.transcripts(env),
      onTurn: (turn, outgoing) => onTurn(turn, { outgoing, isCurrent: next === this.#current }),
      onCaughtUp: () => {
        if (next === this.#current) onCaughtUp(next);
      },
    });
  }

  /** The agent is gone; its last words are read. */
  async end(): Promise<void> {
    await this.#current?.end();
    await Promise.all(this.#left);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#current?.[Symbol.asyncDispose]();
    await Promise.all(this.#left);
  }

  #leave(conversation: Conversation): void {
    // The agent leads another one: what it said last in this one was its answer.
    const ended = conversation.end().then(() => {
      if (conversation.isAnswered) conversation.finish();
    });
    this.#left.add(ended);
    ended.finally(() => this.#left.delete(ended));
  }
}

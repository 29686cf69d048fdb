import type { Turn } from "@chatcode/protocol";
import type { AgentSession } from "../conversations/agent_session.ts";
import { turnPage } from "../conversations/turn_pages.ts";
import { visibleText } from "./safe_text.ts";

export interface SightingOptions {
  readonly agentSession: AgentSession;
  readonly text: string;
  /** When it was typed. */
  readonly atMs: number;
  /** Whether that turn is another prompt's. */
  readonly isTaken: (turn: string) => boolean;
}

/** Clocks of agents' records and ours differ by so much, in milliseconds. */
const CLOCK_SLACK_MS = 2_000;
/** Turns that are looked through for one that was typed before. */
const LOOK_BACK_TURNS = 200;

/** Waits for a prompt to appear in the transcript. */
export class Sighting implements Disposable {
  readonly #options: SightingOptions;
  readonly #wanted: string;
  readonly #listener: Disposable;
  #turn: Turn | undefined;

  constructor(options: SightingOptions) {
    this.#options = options;
    this.#wanted = visibleText(options.text);
    this.#listener = options.agentSession.onTurn((turn) => this.#look(turn));
  }

  /** As it stands in the transcript, once it does. */
  get turn(): Turn | undefined {
    return this.#turn;
  }

  /** Looks at what was told before somebody listened. */
  async lookBack(): Promise<void> {
    const { agentSession } = this.#options;
    const page = { before: undefined, limit: LOOK_BACK_TURNS };
    const { turns } = await turnPage(agentSession, page).catch(() => ({ turns: [] }));
    for (const turn of turns) this.#look(turn);
  }

  [Symbol.dispose](): void {
    this.#listener[Symbol.dispose]();
  }

  #look(turn: Turn): void {
    const { atMs, isTaken } = this.#options;
    if (this.#turn !== undefined || turn.kind !== "prompt") return;
    if (turn.atMs < atMs - CLOCK_SLACK_MS || isTaken(turn.id)) return;
    const found = visibleText(turn.text);
    const isCut = turn.cut === true && this.#wanted.startsWith(found);
    if (found === this.#wanted || isCut) this.#turn = turn;
  }
}

import type { Turn } from "@chatcode/protocol";
import type { Agent } from "../agents/agent.ts";
import { type Approvals, UNKNOWN, UNKNOWN_TOOL } from "./approvals.ts";
import { questionText } from "./question_text.ts";

export interface QuestionGuessOptions {
  readonly agent: Agent;
  readonly approvals: Approvals;
  /** The visible screen. */
  readonly screen: () => Promise<string>;
  /** Whether the agent still says that it waits. */
  readonly isWaiting: () => boolean;
}

type ToolTurn = Turn & { readonly kind: "tool" };

/** What a title or a note says is left to the transcript, which says more, in milliseconds. */
const GUESS_AFTER_MS = 100;
/** And to a hook, where there are hooks. */
const HOOK_AFTER_MS = 1_600;
/** Once a question is answered, the agent's own word that it waits is old for a while, in milliseconds. */
const ANSWERED_AFTER_MS = 1_600;

/**
 * For an agent that says that it waits, and not for what: unless somebody tells, the last tool it
 * began is meant, or what its screen asks.
 */
export class QuestionGuess implements Disposable {
  readonly #options: QuestionGuessOptions;
  #runningTool: ToolTurn | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isOver = false;

  constructor(options: QuestionGuessOptions) {
    this.#options = options;
  }

  toolSeen(turn: ToolTurn): void {
    if (turn.state === "running") {
      this.#runningTool = turn;
      this.#options.approvals.explain(turn.name, turn.summary);
    } else if (this.#runningTool?.id === turn.id) this.#runningTool = undefined;
  }

  soon({ cwd, hooksSeen }: { cwd: string | undefined; hooksSeen: boolean }): void {
    clearTimeout(this.#timer);
    const afterMs = hooksSeen ? HOOK_AFTER_MS : GUESS_AFTER_MS;
    this.#timer = setTimeout(() => void this.#guess(cwd), afterMs);
  }

  /** A question is over: if the agent still waits a while later, it waits for another. */
  answered({ cwd }: { cwd: string | undefined }): void {
    clearTimeout(this.#timer);
    if (this.#isOver || !this.#options.isWaiting()) return;
    this.#timer = setTimeout(() => void this.#guess(cwd), ANSWERED_AFTER_MS);
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  async #guess(cwd: string | undefined): Promise<void> {
    const { agent, approvals, isWaiting, screen } = this.#options;
    if (!isWaiting()) return;
    const shown = this.#runningTool === undefined
      ? questionText(await screen().catch(() => ""), agent)
      : undefined;
    if (!isWaiting()) return;
    const tool = this.#runningTool;
    approvals.guess({
      tool: tool?.name ?? UNKNOWN_TOOL,
      subject: tool?.summary || shown || UNKNOWN,
      atMs: Date.now(),
      cwd,
    });
  }
}

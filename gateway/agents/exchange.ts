import type { TokenUsage, Turn } from "@chatcode/protocol";
import { TurnBook, type TurnDraft } from "./turn_book.ts";

export type ToolDraft = Omit<TurnDraft & { kind: "tool" }, "kind">;

export interface ToolEnd {
  readonly ok: boolean;
  readonly output?: string | undefined;
  readonly diff?: string | undefined;
}

interface Said {
  readonly id: string;
  readonly atMs: number;
  readonly text: string;
}

/** Tools that run at once; more are forgotten, the oldest first. */
const MAX_RUNNING = 256;
/** A final text's rev is at least this, so that it outdoes the same text told as progress. */
const FINAL_REV = 1;
const FINISHED_REV = 2;

/**
 * What all agents' conversations have in common: a prompt opens an exchange, texts and tools follow,
 * and when it ends its last text is told anew as final. Each method gives the turns to send.
 */
export class Exchange {
  readonly book = new TurnBook();
  #open = false;
  /** The last text since the exchange began. */
  #last: Said | undefined;
  #lastIsFinal = false;
  /** Nothing came after the last text. */
  #isAnswered = false;
  readonly #running = new Map<string, ToolDraft>();
  #begins = 0;

  /** Between a prompt (or any deed) and the end. */
  get isOpen(): boolean {
    return this.#open;
  }

  /** Open, and its last text was not final. */
  get isBusy(): boolean {
    return this.#open && !this.#lastIsFinal;
  }

  /** Open, and a text was the last that happened: it may be the answer. */
  get isAnswered(): boolean {
    return this.isBusy && this.#isAnswered;
  }

  /** How many exchanges have begun. */
  get begins(): number {
    return this.#begins;
  }

  begin(): void {
    this.#begins++;
    this.#open = true;
    this.#last = undefined;
    this.#lastIsFinal = false;
    this.#isAnswered = false;
  }

  /** What the user typed. A prompt that comes while the agent works belongs to its exchange. */
  prompt(id: string, atMs: number, text: string): Turn[] {
    if (this.book.kindOf(id) !== undefined) return [];
    if (!this.isBusy) this.begin();
    return this.book.tell({ kind: "prompt", id, atMs, text });
  }

  /** The agent said `text`; `final` if it is known to be its last. */
  say(id: string, atMs: number, text: string, final = false): Turn[] {
    const kind = this.book.kindOf(id);
    // An older text that is looked at again changes nothing about where the exchange is.
    if (kind === "final") return this.book.tell({ kind, id, atMs, text });
    if (kind === "progress" && this.#last?.id !== id) {
      return this.book.tell({ kind, id, atMs, text });
    }
    this.#proceed();
    this.#last = { id, atMs, text };
    this.#lastIsFinal = false;
    this.#isAnswered = true;
    return final ? this.#tellLastAsFinal() : this.book.tell({ kind: "progress", id, atMs, text });
  }

  /** Takes back that a text is the last one. */
  demote(id: string, atMs: number, text: string): Turn[] {
    if (this.#last?.id === id) this.#lastIsFinal = false;
    return this.book.tell({ kind: "progress", id, atMs, text });
  }

  /** A tool began, or more is known of one that runs. */
  startTool(tool: Omit<ToolDraft, "state">, leastRev = 0): Turn[] {
    const known = this.#running.get(tool.id);
    if (known === undefined && this.book.kindOf(tool.id) !== undefined) return [];
    this.#proceed();
    this.#isAnswered = false;
    const draft = { ...tool, state: "running" as const };
    this.#running.set(tool.id, draft);
    for (const oldest of this.#running.keys()) {
      if (this.#running.size <= MAX_RUNNING) break;
      this.#running.delete(oldest);
    }
    return this.book.tell({ kind: "tool", ...draft }, leastRev);
  }

  /** A tool ended; one that is not known to run is left alone. */
  endTool(id: string, end: ToolEnd): Turn[] {
    const started = this.#running.get(id);
    if (started === undefined) return [];
    this.#isAnswered = false;
    this.#running.delete(id);
    const diff = end.diff ?? started.diff;
    return this.book.tell({
      kind: "tool",
      ...started,
      state: end.ok ? "ok" : "failed",
      ...(diff !== undefined && diff !== "" && { diff }),
      ...(end.output !== undefined && end.output !== "" && { output: end.output }),
    }, FINISHED_REV);
  }

  isRunning(toolId: string): boolean {
    return this.#running.has(toolId);
  }

  use(id: string, atMs: number, usage: TokenUsage): Turn[] {
    if (usage.input + usage.cachedInput + usage.output === 0) return [];
    return this.book.tell({ kind: "usage", id, atMs, usage });
  }

  /** The exchange ended well. */
  end(): Turn[] {
    const turns = this.#dropTools();
    if (this.#last !== undefined && !this.#lastIsFinal) turns.push(...this.#tellLastAsFinal());
    return this.#close(turns);
  }

  /** The exchange failed. */
  fail(id: string, atMs: number, text: string): Turn[] {
    if (this.book.kindOf(id) !== undefined) return [];
    const turns = this.#dropTools();
    turns.push(...this.book.tell({ kind: "error", id, atMs, text }));
    return this.#close(turns);
  }

  interrupt(id: string, atMs: number): Turn[] {
    if (this.book.kindOf(id) !== undefined) return [];
    const turns = this.#dropTools();
    turns.push(...this.book.tell({ kind: "interrupted", id, atMs }));
    return this.#close(turns);
  }

  #proceed(): void {
    if (!this.#open) this.begin();
  }

  #tellLastAsFinal(): Turn[] {
    if (this.#last === undefined) return [];
    this.#lastIsFinal = true;
    return this.book.tell({ kind: "final", ...this.#last }, FINAL_REV);
  }

  /** Nobody will tell how the tools that still run ended. */
  #dropTools(): Turn[] {
    return [...this.#running.keys()].flatMap((id) => this.endTool(id, { ok: false }));
  }

  #close(turns: Turn[]): Turn[] {
    this.#open = false;
    this.#last = undefined;
    this.#lastIsFinal = false;
    return turns;
  }
}

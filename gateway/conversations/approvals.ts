import type { Approval, ApprovalOutcome, Turn, TurnKind, Verdict } from "@chatcode/protocol";
import type { ApprovalAsked } from "../agents/hook_news.ts";

/** An approval with what is known of it beyond the wire. */
export interface OpenApproval extends Approval {
  /** One line of what it is about, as the tool's turn says it. */
  readonly summary: string;
  /** Names it where it is answered over HTTP. */
  readonly requestId?: string;
  /** Only a sign that something is asked was seen, not what. */
  readonly isGuess: boolean;
  /** Answered here, not yet confirmed by facts. */
  readonly answered?: { readonly outcome: ApprovalOutcome; readonly by: string };
}

type ToolTurn = Turn & { readonly kind: "tool" };

export interface ApprovalEnd {
  readonly id: string;
  readonly outcome: ApprovalOutcome;
  readonly by?: string;
}

export interface ApprovalsOptions {
  /** Whether a tool that is asked for may be what the transcript calls `told`. Default: it may. */
  readonly isSameTool?: ((asked: string, told: string) => boolean) | undefined;
  readonly onChange: () => void;
  readonly onEnd: (end: ApprovalEnd) => void;
}

/** Approvals of one session at once; the wire holds no more. SPEC [AP1]. */
const MAX_OPEN = 20;
/** A tool is told with the time of its beginning, which may lie so far back, in milliseconds. */
const SLOW_TOOL_MS = 60_000;
/** After these nothing is asked any more. */
const ENDINGS: ReadonlySet<TurnKind> = new Set(["final", "error", "interrupted", "prompt"]);
/** The subject while only the terminal shows what is asked. */
export const UNKNOWN = "See the terminal";
export const UNKNOWN_TOOL = "tool";

/** What one session's agent waits for: each is opened once and ended once. */
export class Approvals {
  readonly #options: ApprovalsOptions;
  #open: OpenApproval[] = [];
  /** Of approvals that are over: the transcript has still to say how their tool ended. */
  #owed: Pick<OpenApproval, "tool" | "summary">[] = [];

  constructor(options: ApprovalsOptions) {
    this.#options = options;
  }

  /** The newest last. */
  get open(): readonly OpenApproval[] {
    return this.#open;
  }

  /** As the wire has them. */
  get wire(): Approval[] {
    return this.#open.map(({ id, tool, subject, diff, cwd, askedAtMs, verdicts }) => ({
      ...{ id, tool, subject, askedAtMs, verdicts },
      ...(diff !== undefined && { diff }),
      ...(cwd !== undefined && { cwd }),
    }));
  }

  get(id: string): OpenApproval | undefined {
    return this.#open.find((approval) => approval.id === id);
  }

  /** What an earlier gateway knew. */
  restore(open: readonly OpenApproval[]): void {
    this.#open = open.slice(-MAX_OPEN);
  }

  /** Asked, by a hook or an event stream. Told again, it changes nothing. */
  ask(asked: ApprovalAsked, about: { atMs: number; cwd: string | undefined }): void {
    const { atMs, cwd } = about;
    const same = this.#open.find((each) =>
      asked.requestId !== undefined
        ? each.requestId === asked.requestId
        : each.tool === asked.tool && each.subject === asked.detail
    );
    if (same !== undefined) return;
    const guess = this.#open.find((each) => each.isGuess);
    const isDiff = asked.detailKind === "diff";
    this.#put({
      id: guess?.id ?? newId(),
      tool: asked.tool.slice(0, 120) || "tool",
      subject: isDiff ? asked.summary : asked.detail || asked.summary,
      ...(isDiff && { diff: asked.detail }),
      ...(cwd !== undefined && { cwd }),
      askedAtMs: guess?.askedAtMs ?? atMs,
      verdicts: ["allow", "deny"],
      summary: asked.summary,
      ...(asked.requestId !== undefined && { requestId: asked.requestId }),
      isGuess: false,
    });
  }

  /** The agent shows that it waits, and nobody told for what. */
  guess(about: { tool: string; subject: string; atMs: number; cwd: string | undefined }): void {
    if (this.#open.length > 0) return;
    const { tool, subject, atMs, cwd } = about;
    this.#put({
      id: newId(),
      tool: tool.slice(0, 120),
      subject,
      ...(cwd !== undefined && { cwd }),
      askedAtMs: atMs,
      verdicts: ["allow", "deny"],
      summary: subject,
      isGuess: true,
    });
  }

  /** Of what was only guessed, the tool is known now. */
  explain(tool: string, summary: string): void {
    const guess = this.#open.find((each) => each.isGuess && each.tool === UNKNOWN_TOOL);
    if (guess !== undefined) this.#put({ ...guess, tool, subject: summary, summary });
  }

  /** What can be answered, once the agent's screen was seen. */
  offer(id: string, shown: { verdicts: readonly Verdict[]; question: string }): void {
    const approval = this.get(id);
    if (approval === undefined || shown.verdicts.length === 0) return;
    const subject = approval.subject === UNKNOWN ? shown.question || UNKNOWN : approval.subject;
    if (
      approval.verdicts.join() === shown.verdicts.join() && approval.subject === subject
    ) return;
    this.#put({ ...approval, subject, verdicts: [...shown.verdicts] });
  }

  /** Keys were pressed for it; `end()` or facts make it final. */
  answer(id: string, outcome: ApprovalOutcome, by: string): void {
    const approval = this.get(id);
    if (approval !== undefined) this.#put({ ...approval, answered: { outcome, by } });
  }

  /** Over: as it was answered here, else as `outcome` says. */
  end(id: string, outcome: ApprovalOutcome): void {
    const approval = this.get(id);
    if (approval === undefined) return;
    this.#open = this.#open.filter((each) => each.id !== id);
    this.#owed = [...this.#owed, approval].slice(-MAX_OPEN);
    const { answered } = approval;
    this.#options.onEnd(
      answered === undefined ? { id, outcome } : { id, outcome: answered.outcome, by: answered.by },
    );
    this.#options.onChange();
  }

  endAll(outcome: ApprovalOutcome): void {
    for (const { id } of [...this.#open]) this.end(id, outcome);
  }

  endRequest(requestId: string): void {
    const approval = this.#open.find((each) => each.requestId === requestId);
    if (approval !== undefined) this.end(approval.id, "elsewhere");
  }

  /** A tool has run: it was asked for, and allowed. */
  toolEnded(tool: string): void {
    const approval = this.#open.find((each) => each.tool === tool);
    if (approval !== undefined) this.end(approval.id, "elsewhere");
  }

  /** What the transcript says after an approval was asked may tell that it is over. */
  turnSeen(turn: Turn): void {
    if (turn.kind === "tool" && turn.state !== "running" && this.#isOwed(turn)) return;
    for (const approval of [...this.#open]) {
      if (this.#isOver(approval, turn)) this.end(approval.id, "elsewhere");
    }
    // What ended one here, or ended the exchange, owes nothing more.
    if (turn.kind === "tool" && turn.state !== "running") this.#isOwed(turn);
    else if (ENDINGS.has(turn.kind)) this.#owed = [];
  }

  /** A tool's end that is told late says nothing of what is asked by now, though it looks alike. */
  #isOwed(turn: ToolTurn): boolean {
    const at = this.#owed.findIndex((approval) => this.#isAbout(approval, turn));
    if (at >= 0) this.#owed.splice(at, 1);
    return at >= 0;
  }

  #isAbout(approval: Pick<OpenApproval, "tool" | "summary">, turn: ToolTurn): boolean {
    const { isSameTool = () => true } = this.#options;
    return turn.summary === approval.summary && isSameTool(approval.tool, turn.name);
  }

  #isOver(approval: OpenApproval, turn: Turn): boolean {
    if (turn.kind === "tool") {
      return turn.state !== "running" && turn.atMs > approval.askedAtMs - SLOW_TOOL_MS &&
        (approval.isGuess || this.#isAbout(approval, turn));
    }
    return ENDINGS.has(turn.kind) && turn.atMs > approval.askedAtMs;
  }

  #put(approval: OpenApproval): void {
    const at = this.#open.findIndex((each) => each.id === approval.id);
    if (at >= 0) this.#open[at] = approval;
    else this.#open.push(approval);
    for (const { id } of this.#open.slice(0, -MAX_OPEN)) this.end(id, "expired");
    this.#options.onChange();
  }
}

function newId(): string {
  return `a${crypto.randomUUID().replaceAll("-", "").slice(0, 20)}`;
}

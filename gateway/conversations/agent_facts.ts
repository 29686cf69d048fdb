import type { SessionStatus, Turn } from "@chatcode/protocol";
import type { Agent, ProcessNews } from "../agents/agent.ts";
import type { HookNews } from "../agents/hook_news.ts";
import { type Activity, AgentState } from "./agent_state.ts";
import { type ApprovalEnd, Approvals, type OpenApproval } from "./approvals.ts";
import type { Conversation } from "./conversation.ts";
import { QuestionGuess } from "./question_guess.ts";

export interface AgentFactsOptions {
  readonly agent: Agent;
  /** The conversation that it leads now. */
  readonly conversation: () => Conversation | undefined;
  /** The visible screen: of a question that nothing else tells of, what it says. */
  readonly screen: () => Promise<string>;
  /** Status or approvals may be others now. */
  readonly onChange: () => void;
  readonly onApprovalEnd: (end: ApprovalEnd) => void;
}

/** What an earlier gateway knew. */
export interface KnownFacts {
  readonly hooksSeen: boolean;
  readonly hasSpoken: boolean;
  readonly activity?: Activity | undefined;
  readonly approvals: readonly OpenApproval[];
}

/** A title or a hook that says idle for so long says that the exchange is over, in milliseconds. */
const FINISH_AFTER_MS = 1_300;
/** And if a text was the last that it wrote. */
const FINISH_ANSWERED_MS = 300;
const FINISH_LOOK_MS = 100;
/** A prompt is news for so long, in milliseconds. */
const NEW_MS = 3_000;

/** Brings together what hooks, transcript, note and title tell of one agent: its status, its questions. */
export class AgentFacts implements Disposable {
  readonly approvals: Approvals;
  readonly #options: AgentFactsOptions;
  readonly #state: AgentState;
  readonly #guess: QuestionGuess;
  #cwd: string | undefined;
  /** A hook has told something, so hooks are there. */
  #hooksSeen = false;
  #hasSpoken = false;
  /** A hook told that the exchange is over. */
  #isStopped = false;
  #finishing: ReturnType<typeof setTimeout> | undefined;

  constructor(options: AgentFactsOptions) {
    const { agent, screen, onChange, onApprovalEnd } = this.#options = options;
    const state = this.#state = new AgentState(agent.titles, onChange);
    const approvals = this.approvals = new Approvals({
      onChange: () => state.changed(),
      onEnd: (end) => {
        this.#guess.answered({ cwd: this.#cwd });
        onApprovalEnd(end);
      },
      isSameTool: agent.isSameTool,
    });
    const isWaiting = () => state.isWaiting;
    this.#guess = new QuestionGuess({ agent, approvals, screen, isWaiting });
  }

  /** SPEC [SE2]. */
  get status(): SessionStatus {
    return this.approvals.open.length > 0 ? "waiting" : this.#state.status;
  }

  get hooksSeen(): boolean {
    return this.#hooksSeen;
  }

  get hasSpoken(): boolean {
    return this.#hasSpoken;
  }

  get isRecent(): boolean {
    return this.#state.isRecent;
  }

  get known(): KnownFacts {
    return {
      hooksSeen: this.#hooksSeen,
      hasSpoken: this.#hasSpoken,
      activity: this.#state.activity,
      approvals: this.approvals.open,
    };
  }

  restore({ hooksSeen, hasSpoken, activity, approvals }: KnownFacts): void {
    this.#hooksSeen = hooksSeen;
    this.#hasSpoken = hasSpoken;
    this.#state.restore(activity);
    this.approvals.restore(approvals);
  }

  /** The screen showed the sign of readiness. */
  setReady(): void {
    this.#state.setReady();
  }

  /** `/clear` or the like: the exchange is over, and so is what it asked. */
  conversationLeft(): void {
    this.#setIdle();
  }

  hook(news: HookNews, atMs: number): void {
    this.#hooksSeen = true;
    this.#state.setReady();
    if (news.kind !== "notification" && news.kind !== "approval-answered") this.#isStopped = false;
    if (news.cwd !== undefined) this.#cwd = news.cwd;
    switch (news.kind) {
      case "session-start":
      case "session-end":
        this.#setIdle();
        break;
      case "prompt":
        this.approvals.endAll("elsewhere");
        this.#state.setActivity("working");
        break;
      case "tool-start":
        this.#state.setActivity("working");
        break;
      case "tool-end":
        this.approvals.toolEnded(news.tool);
        this.#state.setActivity("working");
        break;
      case "approval-asked":
        this.#state.setActivity("working");
        this.approvals.ask(news, { atMs, cwd: this.#cwd });
        break;
      case "approval-answered":
        this.approvals.endRequest(news.requestId);
        break;
      case "stopped":
        this.#setIdle();
        this.#isStopped = true;
        this.#finishSoon();
        break;
      case "notification":
        break;
      default:
        news satisfies never;
    }
    this.#readOn();
  }

  /** What the process wrote down of itself. */
  noteRead(note: ProcessNews | undefined): void {
    const change = this.#state.setNote(note);
    if (change === undefined) return;
    if (change.before === "waiting") this.approvals.endAll("elsewhere");
    if (change.now === "waiting") this.#guessSoon();
    if (change.now === "idle" || change.now === "busy") this.#state.setReady();
    this.#readOn();
  }

  titleSeen(text: string): void {
    const change = this.#state.setTitle(text);
    if (change === undefined) return this.#lookAtAnswer();
    const { before, now } = change;
    if (before === "waiting") this.approvals.endAll("elsewhere");
    if (now === "waiting") this.#guessSoon();
    if (now === "busy") this.#state.setActivity("working");
    if (now === "idle" && before !== undefined) {
      this.#state.setReady();
      this.#state.setActivity("idle");
      this.#finishSoon();
    }
    this.#readOn();
  }

  turnSeen(turn: Turn, { isNew }: { isNew: boolean }): void {
    if (turn.kind === "tool") this.#guess.toolSeen(turn);
    if (turn.kind === "prompt") {
      this.#hasSpoken = true;
      this.#isStopped = false;
      if (isNew && Date.now() - turn.atMs < NEW_MS) this.#state.outdateNote();
    }
    this.approvals.turnSeen(turn);
  }

  /** The transcript is read to its end. */
  caughtUp({ isBusy }: Conversation): void {
    // Only a hook or a title tells when Gemini is done: its transcript stays open.
    if (isBusy && this.#isStopped) {
      this.#finishSoon(); // what was said last came after the word that it was the last
    } else if (isBusy) {
      this.#state.setActivity("working");
      if (this.#state.title === "idle") this.#finishSoon();
    } else this.#state.setActivity("idle");
    this.#state.changed();
  }

  [Symbol.dispose](): void {
    this.#guess[Symbol.dispose]();
    clearTimeout(this.#finishing);
  }

  #setIdle(): void {
    this.approvals.endAll("elsewhere");
    this.#state.setActivity("idle");
  }

  /** What the transcript says of it by now. */
  #readOn(): void {
    this.#options.conversation()?.poke();
    this.#state.changed();
  }

  #guessSoon(): void {
    this.#guess.soon({ cwd: this.#cwd, hooksSeen: this.#hooksSeen });
  }

  /** An idle title beside an answer that nobody has called final, whatever came in between. */
  #lookAtAnswer(): void {
    const conversation = this.#options.conversation();
    const isLeftOpen = conversation?.isCaughtUp === true && conversation.isBusy &&
      conversation.isAnswered;
    if (isLeftOpen && this.#state.title === "idle" && this.#finishing === undefined) {
      this.#finishSoon();
    }
  }

  /** The transcript may be behind the title or the hook: it is read on first. */
  #finishSoon(): void {
    clearTimeout(this.#finishing);
    const sinceMs = performance.now();
    const look = () => {
      this.#finishing = undefined;
      if (this.#state.title !== "idle" && !this.#isStopped) return;
      const conversation = this.#options.conversation();
      const isSure = this.#isStopped || this.#state.titleReadMs > sinceMs;
      const isAnswered = isSure && conversation?.isAnswered === true;
      if (!isAnswered && performance.now() - sinceMs < FINISH_AFTER_MS) {
        this.#finishing = setTimeout(look, FINISH_LOOK_MS);
        return;
      }
      conversation?.finish();
      this.#state.setActivity("idle");
    };
    this.#finishing = setTimeout(look, FINISH_ANSWERED_MS);
  }
}

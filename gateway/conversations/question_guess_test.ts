import { assertEquals } from "@std/assert";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { claude } from "../agents/claude.ts";
import type { ApprovalAsked } from "../agents/hook_news.ts";
import { Approvals } from "./approvals.ts";
import { QuestionGuess } from "./question_guess.ts";

const ASKED: ApprovalAsked = {
  ...{ kind: "approval-asked", tool: "Write", summary: "note.txt" },
  ...{ detail: "+one", detailKind: "diff" },
};

class Lab implements Disposable {
  isWaiting = true;
  /** What was ever asked, by tool. */
  readonly asked: string[] = [];
  readonly approvals: Approvals;
  readonly guess: QuestionGuess;

  constructor() {
    const approvals = this.approvals = new Approvals({
      isSameTool: (asked, told) => asked === told,
      onChange: () => this.asked.push(...approvals.open.map(({ tool }) => tool)),
      onEnd: () => this.guess.answered({ cwd: undefined }),
    });
    this.guess = new QuestionGuess({
      agent: claude,
      approvals,
      screen: () => Promise.resolve(""),
      isWaiting: () => this.isWaiting,
    });
  }

  /** A hook tells of a question, and it is answered at once. */
  askAndAnswer(): void {
    this.guess.soon({ cwd: undefined, hooksSeen: true });
    this.approvals.ask(ASKED, { atMs: Date.now(), cwd: undefined });
    const [{ id } = { id: "" }] = this.approvals.open;
    this.approvals.end(id, "allowed");
  }

  [Symbol.dispose](): void {
    this.guess[Symbol.dispose]();
  }
}

Deno.test("[AP1] an answered question is not asked again because the agent's note is old", async () => {
  using lab = new Lab();
  const startedMs = performance.now();
  const isPast = (ms: number) => () => performance.now() - startedMs > ms;
  lab.askAndAnswer();
  await waitFor(isPast(1_000), { what: "the note" });
  lab.isWaiting = false;
  await waitFor(isPast(2_000), { what: "whatever comes" });
  assertEquals(lab.asked, ["Write"]);
});

Deno.test("[AP1] an agent that waits long after an answer waits for another", async () => {
  using lab = new Lab();
  lab.askAndAnswer();
  await waitFor(() => lab.approvals.open.length === 1, { what: "a guess" });
  assertEquals(lab.approvals.open[0]?.isGuess, true);
});

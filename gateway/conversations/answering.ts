import { type ApprovalOutcome, ProtocolError, type Verdict } from "@chatcode/protocol";
import { answerFor, type ApprovalScope, type ScreenApproval } from "../agents/approval.ts";
import type { Typist } from "../prompts/typist.ts";
import { pause } from "../pause.ts";
import type { AgentSession } from "./agent_session.ts";
import type { OpenApproval } from "./approvals.ts";

export interface AnsweringOptions {
  readonly typist: Typist;
  readonly screen: (pane: string) => Promise<string>;
  /** Answers over HTTP, where the agent can. @returns whether it could */
  readonly reply: (
    session: AgentSession,
    approval: OpenApproval,
    verdict: Verdict,
  ) => Promise<boolean>;
}

export const SCOPES: Readonly<Record<Verdict, ApprovalScope>> = {
  "allow": "once",
  "allow-session": "session",
  "deny": "deny",
};
const OUTCOMES: Readonly<Record<Verdict, ApprovalOutcome>> = {
  "allow": "allowed",
  "allow-session": "allowed",
  "deny": "denied",
};
/** The question may come to the screen a moment after the hook, in milliseconds. */
const APPEAR_LIMIT_MS = 3_000;
/** Agents drop keys for a moment after a question came up, in milliseconds. */
const SETTLED_MS = 600;
/** A key without effect is pressed again: late, since a slow agent takes it all the same. */
const AGAIN_MS = 2_000;
const ANSWER_LIMIT_MS = 12_000;
const LOOK_MS = 80;

/**
 * Answers approvals by the agent's own keys, and only while its screen shows that very question: a
 * digit is never pressed blindly. SPEC [AP2].
 */
export class Answering {
  readonly #options: AnsweringOptions;
  /** Approvals that somebody answers now: two answers at once would be two keys. */
  readonly #answering = new Set<string>();

  constructor(options: AnsweringOptions) {
    this.#options = options;
  }

  /**
   * @throws ProtocolError APPROVAL_GONE; AGENT_TIMEOUT if the question is not on the screen or does
   * not go away; INVALID_REQUEST for a verdict that the agent does not offer
   */
  async answer(
    { agentSession, pane }: { agentSession: AgentSession; pane: string },
    { id, verdict, by }: { id: string; verdict: Verdict; by: string },
  ): Promise<ApprovalOutcome> {
    const approval = agentSession.approvals.get(id);
    if (approval === undefined || this.#answering.has(id)) throw gone();
    this.#answering.add(id);
    try {
      if (!await this.#options.reply(agentSession, approval, verdict)) {
        await this.#press(agentSession, pane, { id, verdict, by });
      }
      agentSession.approvals.answer(id, OUTCOMES[verdict], by);
      agentSession.approvals.end(id, OUTCOMES[verdict]);
      return OUTCOMES[verdict];
    } finally {
      this.#answering.delete(id);
    }
  }

  async #press(
    agentSession: AgentSession,
    pane: string,
    { id, verdict, by }: { id: string; verdict: Verdict; by: string },
  ): Promise<void> {
    const startedMs = Date.now();
    let pressedMs = 0;
    let shownMs: number | undefined;
    const keys: string[] = [];
    while (Date.now() - startedMs < ANSWER_LIMIT_MS) {
      const approval = agentSession.approvals.get(id);
      if (approval === undefined) {
        if (pressedMs > 0) return await this.#takeBack(pane, keys); // facts tell that it is over
        throw gone();
      }
      const shown = await this.#shown(agentSession, pane, approval);
      if (shown === undefined) {
        if (pressedMs > 0) return await this.#takeBack(pane, keys);
        if (Date.now() - startedMs > APPEAR_LIMIT_MS) {
          throw new ProtocolError(
            "AGENT_TIMEOUT",
            "The agent's screen does not show this question: answer it in the terminal",
          );
        }
        shownMs = undefined;
      } else if (Date.now() - (shownMs ??= Date.now()) < SETTLED_MS) {
        // It has just come up.
      } else if (Date.now() - pressedMs > AGAIN_MS) {
        const answer = answerFor(shown, SCOPES[verdict]);
        if (answer === undefined) {
          throw new ProtocolError("INVALID_REQUEST", `The agent does not offer "${verdict}" here`);
        }
        agentSession.approvals.answer(id, OUTCOMES[verdict], by);
        await this.#options.typist.keys(pane, answer.keys);
        keys.push(...answer.keys);
        pressedMs = Date.now();
      }
      await pause(LOOK_MS);
    }
    throw new ProtocolError("AGENT_TIMEOUT", "The agent did not take the answer");
  }

  /** A letter that was pressed again and not needed stands in the prompt box now. */
  async #takeBack(pane: string, [, ...again]: readonly string[]): Promise<void> {
    const letters = again.filter((key) => key.length === 1);
    await this.#options.typist.keys(pane, letters.map(() => "BSpace"));
  }

  async #shown(
    agentSession: AgentSession,
    pane: string,
    approval: OpenApproval,
  ): Promise<ScreenApproval | undefined> {
    const screen = await this.#options.screen(pane);
    const shown = agentSession.agent.readApproval(screen);
    return shown !== undefined && isAbout(screen, approval) ? shown : undefined;
  }
}

/** Whether the screen holds the beginning of what the approval is about, however it is wrapped. */
function isAbout(screen: string, { subject, summary, isGuess }: OpenApproval): boolean {
  if (isGuess) return true; // the question itself is all that is known
  const seen = letters(screen);
  return [subject, summary].some((text) => {
    const wanted = letters(text.split("\n").find((line) => line.trim() !== "") ?? "").slice(0, 48);
    const last = letters(text.split("/").at(-1) ?? "").slice(0, 48);
    return (wanted !== "" && seen.includes(wanted)) || (last.length > 2 && seen.includes(last));
  });
}

/** Over the agent's own server, where it has one. @returns whether it took the answer */
export async function replyByServer(
  agentSession: AgentSession,
  { requestId }: OpenApproval,
  verdict: Verdict,
): Promise<boolean> {
  return requestId !== undefined && await agentSession.server?.reply(requestId, verdict) === true;
}

/** Without blanks and frames, which depend on the screen's width. */
function letters(text: string): string {
  return text.replace(/[\s│┃|╎]/g, "");
}

function gone(): ProtocolError {
  return new ProtocolError("APPROVAL_GONE", "This approval is over");
}

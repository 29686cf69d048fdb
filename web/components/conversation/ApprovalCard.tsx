import { type Approval, ProtocolError, type Verdict } from "@chatcode/protocol";
import { useId, useState } from "preact/hooks";
import { VERDICT_WORDS } from "../../lib/agent_words.ts";
import { DiffView } from "./DiffView.tsx";

/** What an agent wants to do, in full, and the answers it takes. */
export function ApprovalCard(
  { approval, mayChange, onAnswer }: {
    approval: Approval;
    mayChange: boolean;
    /** @throws ProtocolError */
    onAnswer: (verdict: Verdict) => Promise<void>;
  },
) {
  const { tool, subject, diff, cwd, verdicts } = approval;
  const [pressed, setPressed] = useState<Verdict | undefined>();
  const [problem, setProblem] = useState<string | undefined>();
  const titleId = useId();
  const answer = async (verdict: Verdict) => {
    setPressed(verdict);
    setProblem(undefined);
    try {
      await onAnswer(verdict);
    } catch (error) {
      if (error instanceof ProtocolError && error.code === "APPROVAL_GONE") {
        return setProblem("This is no longer asked.");
      }
      setPressed(undefined);
      setProblem(error instanceof ProtocolError ? error.message : "That did not work.");
    }
  };
  return (
    <section
      class="approval"
      aria-labelledby={titleId}
      data-testid="approval"
      data-approval={approval.id}
    >
      <h2 id={titleId}>May it use {tool}?</h2>
      <pre class="approval-subject" tabIndex={0} role="group" aria-label="What it wants to do">
        {subject}
      </pre>
      {diff !== undefined && <DiffView diff={diff} label="The change it would make" />}
      {cwd !== undefined && (
        <p class="note">
          in <span class="path">{cwd}</span>
        </p>
      )}
      {problem !== undefined && <p class="approval-problem" role="alert">{problem}</p>}
      {mayChange
        ? (
          <div class="approval-verdicts">
            {verdicts.map((verdict) => (
              <button
                type="button"
                key={verdict}
                class={verdict === "deny" ? "danger" : verdict === "allow" ? "primary" : undefined}
                disabled={pressed !== undefined}
                data-testid={`verdict-${verdict}`}
                onClick={() => answer(verdict)}
              >
                {pressed === verdict && problem === undefined ? "Sending…" : VERDICT_WORDS[verdict]}
              </button>
            ))}
          </div>
        )
        : <p class="note">Your role may only watch.</p>}
    </section>
  );
}

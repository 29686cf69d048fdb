import type { Approval, ApprovalOutcome, HostId, SessionId, Verdict } from "@chatcode/protocol";
import { useEffect, useRef, useState } from "preact/hooks";
import { OUTCOME_WORDS } from "../../lib/agent_words.ts";
import type { Connection } from "../../lib/connection.ts";
import { ApprovalCard } from "./ApprovalCard.tsx";

/** How one ended stays to be read for this long, in milliseconds. */
const OUTCOME_SHOWN_MS = 15_000;

/** What is asked now, and how the last ones ended. */
export function Approvals(
  { connection, host, session, open, outcomes, mayChange, onOutcome }: {
    connection: Connection;
    host: HostId;
    session: SessionId;
    open: readonly Approval[];
    outcomes: ReadonlyMap<string, ApprovalOutcome>;
    mayChange: boolean;
    onOutcome: (approval: string, outcome: ApprovalOutcome) => void;
  },
) {
  const over = useOver(open);
  const answer = async (approval: Approval, verdict: Verdict) => {
    const { outcome } = await connection.request("approvals.answer", {
      host,
      session,
      approval: approval.id,
      verdict,
    });
    onOutcome(approval.id, outcome);
  };
  return (
    <>
      <div role="status" class="outcomes">
        {over.map((approval) => {
          const outcome = outcomes.get(approval.id);
          return (
            <p key={approval.id} class="note" data-testid="outcome">
              {outcome === undefined ? "No longer asked" : OUTCOME_WORDS[outcome]}:{" "}
              <span class="path">{approval.tool} {firstLine(approval.subject)}</span>
            </p>
          );
        })}
      </div>
      {open.length > 0 && (
        <div class="approvals" data-testid="approvals">
          {open.map((approval) => (
            <ApprovalCard
              key={approval.id}
              approval={approval}
              mayChange={mayChange}
              onAnswer={(verdict) => answer(approval, verdict)}
            />
          ))}
        </div>
      )}
    </>
  );
}

/** Those that were asked a moment ago and are no longer. */
function useOver(open: readonly Approval[]): readonly Approval[] {
  const before = useRef(open);
  const timers = useRef(new Set<ReturnType<typeof setTimeout>>());
  const [over, setOver] = useState<readonly Approval[]>([]);
  useEffect(() => {
    const now = new Set(open.map(({ id }) => id));
    const gone = before.current.filter(({ id }) => !now.has(id));
    before.current = open;
    if (gone.length === 0) return;
    setOver((over) => [...over, ...gone].slice(-3));
    const timer = setTimeout(() => {
      timers.current.delete(timer);
      setOver((over) => over.filter((approval) => !gone.includes(approval)));
    }, OUTCOME_SHOWN_MS);
    timers.current.add(timer);
  }, [open]);
  useEffect(() => () => timers.current.forEach(clearTimeout), []);
  return over;
}

function firstLine(text: string): string {
  const [line = ""] = text.split("\n");
  return line.length > 80 ? `${line.slice(0, 80)}…` : line;
}

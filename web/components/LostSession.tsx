import { type Host, ProtocolError, type Session } from "@chatcode/protocol";
import { useState } from "preact/hooks";
import { agentName } from "../lib/agent_words.ts";
import type { Connection } from "../lib/connection.ts";
import { Empty } from "./Empty.tsx";

/** A session that its machine lost, as by a restart: what it was, and the way back. SPEC [SE7]. */
export function LostSession(
  { connection, session, host, mayChange }: {
    connection: Connection;
    session: Session;
    host: Host | undefined;
    mayChange: boolean;
  },
) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | undefined>();
  // One for all tries: a second answer must not be a second session.
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const { id, agent, conversation, title, cwd } = session;
  const online = host?.online === true;
  const act = async (todo: () => Promise<string>) => {
    setBusy(true);
    setProblem(undefined);
    try {
      location.assign(await todo());
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      setProblem(error.message);
    } finally {
      setBusy(false);
    }
  };
  const resume = async () => {
    if (agent === undefined || conversation === undefined) return "/sessions";
    const { session: started } = await connection.request("sessions.start", {
      ...{ host: session.host, title, cwd },
      agent: { id: agent, resume: conversation },
    }, { idempotencyKey });
    return `/s/${started.host}/${started.id}`;
  };
  const forget = async () => {
    const key = { idempotencyKey: crypto.randomUUID() };
    await connection.request("sessions.end", { host: session.host, session: id }, key);
    return "/sessions";
  };
  return (
    <Empty title={`${title} was lost`}>
      <p>
        {host?.name ?? session.host} has restarted, and nothing runs in this session any more.{" "}
        {agent !== undefined &&
          `${agentName(agent)} still has the conversation and can go on with it.`}
      </p>
      {problem !== undefined && <p class="problem" role="alert">{problem}</p>}
      <p class="row-acts">
        {mayChange && (
          <>
            <button
              type="button"
              class="primary"
              data-testid="resume"
              disabled={busy || !online}
              onClick={() => act(resume)}
            >
              Resume
            </button>{" "}
            <button type="button" disabled={busy || !online} onClick={() => act(forget)}>
              Take it off the list
            </button>
            {" "}
          </>
        )}
        <a class="button" href="/sessions">All sessions</a>
      </p>
    </Empty>
  );
}

import { type Agent, type Host, type MethodResult, ProtocolError } from "@chatcode/protocol";
import { useState } from "preact/hooks";
import { SIGNED_IN_WORDS } from "../lib/agent_words.ts";
import type { Connection } from "../lib/connection.ts";
import { useAgents } from "../lib/use_agents.ts";
import { DiffView } from "./conversation/DiffView.tsx";
import { Dialog } from "./Dialog.tsx";
import { useSubmit } from "./use_submit.ts";

type Action = "install" | "remove";
interface Preview extends MethodResult<"agents.preview-hooks"> {
  readonly agent: Agent;
  readonly action: Action;
}

const HOOKS_WORDS: Readonly<Record<Agent["hooks"], string>> = {
  installed: "Hooks installed",
  absent: "No hooks",
  partial: "Hooks incomplete",
  unsupported: "Takes no hooks",
};

/** The agents of one machine, and the consent to put hooks into their settings. SPEC [HK1]. */
export function AgentsDialog(
  { connection, host, mayChange, onClose }: {
    connection: Connection;
    host: Host;
    mayChange: boolean;
    onClose: () => void;
  },
) {
  const { list, reload } = useAgents(connection, host.id, host.online);
  const [preview, setPreview] = useState<Preview | undefined>();
  const [problem, setProblem] = useState<string | undefined>();
  const look = async (agent: Agent, action: Action) => {
    setProblem(undefined);
    try {
      const params = { host: host.id, agent: agent.id, action };
      setPreview({ ...await connection.request("agents.preview-hooks", params), agent, action });
    } catch (error) {
      setProblem(error instanceof ProtocolError ? error.message : "That did not work.");
    }
  };
  if (preview !== undefined) {
    return (
      <ConsentDialog
        connection={connection}
        host={host}
        preview={preview}
        onDone={() => {
          reload();
          setPreview(undefined);
        }}
        onClose={() => setPreview(undefined)}
      />
    );
  }
  return (
    <Dialog title={`Agents on ${host.name}`} size="wide" onClose={onClose}>
      <div class="dialog-body" data-testid="agents-dialog">
        <p class="note">
          With hooks an agent tells by itself when it is done or asks for leave. Without them it is
          followed by its files, which is a little slower.
        </p>
        {!host.online && <p class="note">{host.name} is offline.</p>}
        {host.online && list.state === "loading" && <p class="note">Looking for agents…</p>}
        {list.state === "failed" && <p class="problem">{list.message}</p>}
        {list.state === "listed" && (
          <ul class="agents">
            {list.agents.map((agent) => (
              <li key={agent.id} class="agent" data-testid={`agent-${agent.id}`}>
                <div class="agent-main">
                  <span class="choice-name">{agent.name}</span>
                  <span class="note">{facts(agent)}</span>
                </div>
                {mayChange && agent.installed && agent.hooks !== "unsupported" && (
                  <div class="agent-acts">
                    {agent.hooks !== "installed" && (
                      <button
                        type="button"
                        aria-label={`Install hooks for ${agent.name}`}
                        onClick={() => look(agent, "install")}
                      >
                        {agent.hooks === "partial" ? "Mend hooks…" : "Install hooks…"}
                      </button>
                    )}
                    {agent.hooks !== "absent" && (
                      <button
                        type="button"
                        aria-label={`Remove hooks from ${agent.name}`}
                        onClick={() => look(agent, "remove")}
                      >
                        Remove hooks…
                      </button>
                    )}
                  </div>
                )}
              </li>
            ))}
          </ul>
        )}
      </div>
      {problem !== undefined && <p class="problem" role="alert">{problem}</p>}
      <footer class="dialog-foot">
        <button type="button" onClick={onClose}>Done</button>
      </footer>
    </Dialog>
  );
}

function ConsentDialog(
  { connection, host, preview, onDone, onClose }: {
    connection: Connection;
    host: Host;
    preview: Preview;
    onDone: () => void;
    onClose: () => void;
  },
) {
  const { agent, action, file, diff } = preview;
  const act = async () => {
    try {
      const params = { host: host.id, agent: agent.id, action };
      await connection.request("agents.change-hooks", params);
    } catch (error) {
      if (error instanceof ProtocolError) return error.message;
      throw error;
    }
  };
  const { busy, problem, submit } = useSubmit(act, onDone);
  const title = action === "install"
    ? `Install hooks for ${agent.name}`
    : `Remove hooks from ${agent.name}`;
  return (
    <Dialog title={title} size="wide" onClose={onClose}>
      <form onSubmit={submit}>
        <div class="dialog-body">
          <p>
            This changes <span class="path">{file}</span> on {host.name}. Only entries of our own
            {" "}
            {action === "install" ? "are added" : "are taken out"}.
          </p>
          {diff.trim() === ""
            ? <p class="note">There is nothing to change.</p>
            : <DiffView diff={diff} label="The change to the settings" />}
        </div>
        {problem !== undefined && <p class="problem" role="alert">{problem}</p>}
        <footer class="dialog-foot">
          <button type="button" onClick={onClose}>Cancel</button>
          <button type="submit" class="primary" disabled={busy} data-testid="consent">
            {busy ? "Changing…" : action === "install" ? "Install" : "Remove"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function facts({ installed, version, signedIn, hooks }: Agent): string {
  if (!installed) return "Not installed";
  return [version, SIGNED_IN_WORDS[signedIn], HOOKS_WORDS[hooks]].filter(Boolean).join(" · ");
}

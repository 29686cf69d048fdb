import { useId, useState } from "preact/hooks";
import {
  type Agent,
  type AgentId,
  type Host,
  type HostId,
  type MethodInput,
  ProtocolError,
} from "@chatcode/protocol";
import { commandLine } from "../lib/command_line.ts";
import type { Connection } from "../lib/connection.ts";
import { useAgents } from "../lib/use_agents.ts";
import { AgentChoice } from "./AgentChoice.tsx";
import { Dialog } from "./Dialog.tsx";
import { FolderChooser } from "./FolderChooser.tsx";
import { useSubmit } from "./use_submit.ts";

/** Which machine, which folder, what to run; then leads to the terminal. */
export function StartDialog(
  { connection, hosts, onClose }: {
    connection: Connection;
    hosts: readonly Host[];
    onClose: () => void;
  },
) {
  const [hostId, setHostId] = useState<HostId | undefined>(hosts[0]?.id);
  const [folder, setFolder] = useState("");
  const [agent, setAgent] = useState<AgentId | undefined>();
  const [command, setCommand] = useState("");
  const [title, setTitle] = useState("");
  // One key for one wish: asking again after a timeout must not start a second session.
  const [wish] = useState(() => new Map<string, string>());
  const id = useId();
  const host = hosts.find((host) => host.id === hostId);
  const { list } = useAgents(connection, host?.id, host?.online === true);

  const begin = async (params: MethodInput<"sessions.start">) => {
    const wished = JSON.stringify(params);
    const idempotencyKey = wish.get(wished) ?? crypto.randomUUID();
    wish.set(wished, idempotencyKey);
    try {
      const { session } = await connection.request("sessions.start", params, { idempotencyKey });
      location.assign(`/s/${session.host}/${session.id}`);
    } catch (error) {
      if (error instanceof ProtocolError) return error.message;
      throw error;
    }
  };
  const start = async () => {
    if (host === undefined) return "The machine went offline. Choose another one.";
    return await begin({
      host: host.id,
      ...(folder !== "" && { cwd: folder }),
      ...(agent !== undefined && { agent: { id: agent } }),
      ...(agent === undefined && command.trim() !== "" && { command: commandLine(command) }),
      ...(title.trim() !== "" && { title: title.trim() }),
    });
  };
  const [signInProblem, setSignInProblem] = useState<string | undefined>();
  const signIn = async ({ name, signInCommand: command }: Agent) => {
    if (host === undefined || command === undefined) return;
    setSignInProblem(await begin({ host: host.id, command, title: `Sign in: ${name}` }));
  };
  const { busy, problem = signInProblem, submit } = useSubmit(start, () => {});

  return (
    <Dialog title="Start a session" onClose={onClose}>
      <form onSubmit={submit} data-testid="start-dialog">
        <div class="dialog-body">
          <label class="field" for={`${id}-host`}>
            <span>Machine</span>
            <select
              id={`${id}-host`}
              value={hostId}
              onChange={(event) => {
                setHostId(hosts[event.currentTarget.selectedIndex]?.id);
                setFolder("");
                setAgent(undefined);
              }}
            >
              {hosts.map((host) => <option key={host.id} value={host.id}>{host.name}</option>)}
            </select>
          </label>
          {host !== undefined && (
            <FolderChooser
              key={host.id}
              connection={connection}
              host={host}
              folder={folder}
              onChoose={setFolder}
            />
          )}
          {host !== undefined && (
            <AgentChoice list={list} chosen={agent} onChoose={setAgent} onSignIn={signIn} />
          )}
          {agent === undefined && (
            <label class="field" for={`${id}-command`}>
              <span>Command</span>
              <input
                id={`${id}-command`}
                value={command}
                placeholder="Empty: your login shell"
                autocomplete="off"
                autocapitalize="off"
                spellcheck={false}
                onInput={(event) => setCommand(event.currentTarget.value)}
              />
            </label>
          )}
          <label class="field" for={`${id}-title`}>
            <span>Title</span>
            <input
              id={`${id}-title`}
              value={title}
              maxLength={120}
              placeholder="Optional"
              autocomplete="off"
              onInput={(event) => setTitle(event.currentTarget.value)}
            />
          </label>
        </div>
        {problem !== undefined && <p class="problem" role="alert">{problem}</p>}
        <footer class="dialog-foot">
          <button type="button" onClick={onClose}>Cancel</button>
          <button type="submit" class="primary" disabled={busy} autofocus>
            {busy ? "Starting…" : "Start"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

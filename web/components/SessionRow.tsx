import type { Host, Session } from "@chatcode/protocol";
import { agentName } from "../lib/agent_words.ts";
import { commandText } from "../lib/command_line.ts";
import { useNow } from "../lib/hooks.ts";
import { ago } from "../lib/words.ts";
import { Menu } from "./Menu.tsx";
import { Status } from "./Status.tsx";

/** One session in the list: the whole row leads to its terminal. */
export function SessionRow(
  { session, host, onAction }: {
    session: Session;
    host: Host | undefined;
    onAction: ((action: "rename" | "end") => void) | undefined;
  },
) {
  const now = useNow(30_000);
  const { title, agent, command, cwd, foreground, status } = session;
  const workspace = host?.facts?.workspace;
  const online = host?.online === true;
  const isLost = session.resumable === true;
  const asks = session.approvals?.length ?? 0;
  return (
    <li class={online ? "row" : "row dim"} data-testid="session" data-session={session.id}>
      <div class="row-main">
        <a class="row-link" href={`/s/${session.host}/${session.id}`}>{title}</a>{" "}
        {asks > 0 && (
          <span class="row-asks" data-testid="asks">
            {asks === 1 ? "Asks for leave" : `Asks for leave, ${asks} times`}
          </span>
        )}
        <p class="row-facts">
          <span>{host?.name ?? session.host}</span>
          <span class="path">{shortPath(cwd, workspace)}</span>
          <span class="path">
            {agent === undefined ? commandText(command) || "shell" : agentName(agent)}
          </span>
        </p>
      </div>
      <div class="row-side">
        {online
          ? (
            <span
              class="row-state"
              title={isLost ? "Open it to resume" : `In the foreground: ${foreground}`}
            >
              <Status status={status} />
            </span>
          )
          : <span class="status status-offline">Machine offline</span>}
        <span class="note">{now > 0 && ago(session.activeAtMs, now)}</span>
      </div>
      {onAction !== undefined && (
        <Menu label={`Actions for ${title}`}>
          {!isLost && (
            <button type="button" data-closes onClick={() => onAction("rename")}>Rename</button>
          )}
          <button type="button" class="danger" data-closes onClick={() => onAction("end")}>
            {isLost ? "Take off the list…" : "End…"}
          </button>
        </Menu>
      )}
    </li>
  );
}

function shortPath(path: string, workspace: string | undefined): string {
  if (workspace === undefined) return path;
  if (path === workspace) return "workspace";
  return path.startsWith(`${workspace}/`) ? path.slice(workspace.length + 1) : path;
}

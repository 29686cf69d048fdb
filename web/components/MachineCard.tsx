import type { Host } from "@chatcode/protocol";
import { useNow } from "../lib/hooks.ts";
import { ago, loadInWords, milliseconds } from "../lib/words.ts";
import { Menu } from "./Menu.tsx";
import { Online } from "./Status.tsx";

type Action = "rename" | "rotate" | "remove";

/** One machine: what it is and how it does. `known` is false until its state is known. */
export function MachineCard(
  { host, known, onAgents, onFiles, onAction }: {
    host: Host;
    known: boolean;
    onAgents: () => void;
    onFiles: (() => void) | undefined;
    onAction: ((action: Action) => void) | undefined;
  },
) {
  const now = useNow(30_000);
  const { facts, load, seenAtMs } = host;
  return (
    <li class="card machine" data-testid="machine" data-host={host.id}>
      <div class="card-head">
        <h2>{host.name}</h2>
        {known && <Online online={host.online} />}
        {onAction !== undefined && (
          <Menu label={`Actions for ${host.name}`}>
            <button type="button" data-closes onClick={() => onAction("rename")}>Rename</button>
            <button type="button" data-closes onClick={() => onAction("rotate")}>New token</button>
            <button type="button" class="danger" data-closes onClick={() => onAction("remove")}>
              Remove
            </button>
          </Menu>
        )}
      </div>
      {facts === undefined
        ? known && <p class="note">Not connected yet. Run its command on the machine.</p>
        : (
          <dl class="facts">
            <Fact name="Host" value={facts.hostname} />
            <Fact name="System" value={`${facts.os}, ${facts.arch}`} />
            <Fact name="Gateway" value={facts.gatewayVersion} />
            <Fact name="tmux" value={facts.tmuxVersion} />
            {host.online && load !== undefined && <Fact name="Load" value={loadInWords(load)} />}
            {host.online && <Fact name="To the relay" value={milliseconds(host.rttMs)} />}
          </dl>
        )}
      {host.online && (
        <div class="machine-tools">
          <button type="button" aria-label={`Agents on ${host.name}`} onClick={onAgents}>
            Agents…
          </button>
          {onFiles !== undefined && (
            <button
              type="button"
              aria-label={`Files on ${host.name}`}
              data-testid="machine-files"
              onClick={onFiles}
            >
              Files…
            </button>
          )}
        </div>
      )}
      {known && !host.online && seenAtMs !== undefined && now > 0 && (
        <p class="note">Last seen {ago(seenAtMs, now)}</p>
      )}
    </li>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

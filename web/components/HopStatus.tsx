import { useEffect, useState } from "preact/hooks";
import type { Host } from "@chatcode/protocol";
import type { Connection } from "../lib/connection.ts";
import type { ConnectionState } from "../lib/connection_state.ts";
import { milliseconds } from "../lib/words.ts";
import { Menu } from "./Menu.tsx";

const PING_EVERY_MS = 3_000;

/** How each hop stands: this browser to the relay, the relay to the machine. */
export function HopStatus(
  { connection, state, rttMs, host }: {
    connection: Connection | undefined;
    state: ConnectionState;
    rttMs: number | undefined;
    host: Host | undefined;
  },
) {
  const online = state.state === "online";
  const hostOnline = online && host?.online === true;
  const wholeMs = useWholeWay(hostOnline ? connection : undefined, host);
  // The machine's own figure comes once a tick; until then what is left of the whole way.
  const machineMs = host?.rttMs ??
    (wholeMs === undefined || rttMs === undefined ? undefined : Math.max(0, wholeMs - rttMs));
  const total = rttMs === undefined || machineMs === undefined ? undefined : rttMs + machineMs;
  return (
    <Menu
      label={hostOnline ? "Connection:" : online ? "Connection, machine:" : "Connection:"}
      summary={
        <span class="hops" data-testid="hops">
          <span class={hostOnline ? "dot good" : online ? "dot bad" : "dot warn"} />
          <span class="hops-total">{hostOnline ? milliseconds(total) : "offline"}</span>
        </span>
      }
    >
      <dl class="facts hop-facts">
        <div>
          <dt>You ↔ relay</dt>
          <dd data-testid="hop-relay">{online ? milliseconds(rttMs) : "offline"}</dd>
        </div>
        <div>
          <dt>Relay ↔ {host?.name ?? "machine"}</dt>
          <dd data-testid="hop-host">{hostOnline ? milliseconds(machineMs) : "offline"}</dd>
        </div>
        <div>
          <dt>All the way</dt>
          <dd>{hostOnline ? milliseconds(wholeMs) : "–"}</dd>
        </div>
      </dl>
    </Menu>
  );
}

/** Round trip browser → relay → machine and back, measured while the page is looked at. */
function useWholeWay(
  connection: Connection | undefined,
  host: Host | undefined,
): number | undefined {
  const [ms, setMs] = useState<number | undefined>();
  const id = host?.id;
  useEffect(() => {
    if (connection === undefined || id === undefined) return setMs(undefined);
    let current = true;
    const measure = async () => {
      if (document.visibilityState !== "visible") return;
      const start = performance.now();
      try {
        await connection.request("hosts.ping", { host: id });
        if (current) setMs(performance.now() - start);
      } catch {
        if (current) setMs(undefined);
      }
    };
    void measure();
    const timer = setInterval(measure, PING_EVERY_MS);
    return () => {
      current = false;
      clearInterval(timer);
    };
  }, [connection, id]);
  return ms;
}

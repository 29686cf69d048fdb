import type { Agent, HostId } from "@chatcode/protocol";
import { ProtocolError } from "@chatcode/protocol";
import { useCallback, useEffect, useState } from "preact/hooks";
import type { Connection } from "./connection.ts";

export type AgentList =
  | { state: "loading" }
  | { state: "listed"; agents: readonly Agent[] }
  | { state: "failed"; message: string };

/** The agents of a machine, asked for when it is `online`, and again by `reload`. */
export function useAgents(
  connection: Connection | undefined,
  host: HostId | undefined,
  online: boolean,
): { list: AgentList; reload: () => void } {
  const [list, setList] = useState<AgentList>({ state: "loading" });
  const [times, setTimes] = useState(0);
  useEffect(() => {
    if (connection === undefined || host === undefined || !online) return;
    let current = true;
    connection.request("agents.list", { host }).then(
      ({ agents }) => current && setList({ state: "listed", agents }),
      (error: unknown) =>
        current && setList({
          state: "failed",
          message: error instanceof ProtocolError ? error.message : "The agents cannot be listed",
        }),
    );
    return () => {
      current = false;
    };
  }, [connection, host, online, times]);
  useEffect(() => setList({ state: "loading" }), [host]);
  return { list, reload: useCallback(() => setTimes((times) => times + 1), []) };
}

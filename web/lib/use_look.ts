import type { HostId, SessionId } from "@chatcode/protocol";
import { useEffect } from "preact/hooks";
import type { Connection } from "./connection.ts";

/**
 * Tells the relay whether this tab shows the session to somebody, terminal or conversation alike:
 * whoever looks needs no notification. SPEC [SE6].
 */
export function useLook(
  connection: Connection | undefined,
  host: HostId,
  session: SessionId,
): void {
  useEffect(() => {
    if (connection === undefined) return;
    // One that is lost is told with the next socket.
    const tell = (foreground: boolean) =>
      void connection.request("sessions.focus", { host, session, foreground }).catch(() => {});
    const tellNow = () => tell(document.visibilityState === "visible");
    const stop = connection.state.subscribe(({ state }) => state === "online" && tellNow());
    if (connection.state.value.state === "online") tellNow();
    document.addEventListener("visibilitychange", tellNow);
    return () => {
      stop();
      document.removeEventListener("visibilitychange", tellNow);
      tell(false);
    };
  }, [connection, host, session]);
}

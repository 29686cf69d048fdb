import { useEffect, useState } from "preact/hooks";
import type { Connection } from "./connection.ts";
import type { ConnectionState } from "./connection_state.ts";
import type { Observable } from "./observable.ts";
import { EMPTY_OVERVIEW, type Overview } from "./overview.ts";
import { tabConnection } from "./tab_connection.ts";

/** The observable's value, from the first effect on; before, and on the server, `initial`. */
export function useObservable<T>(observable: (() => Observable<T>) | undefined, initial: T): T {
  const [value, setValue] = useState<T>(initial);
  useEffect(() => {
    if (observable === undefined) return;
    const observed = observable();
    setValue(() => observed.value);
    return observed.subscribe((value) => setValue(() => value));
  }, []);
  return value;
}

/** The tab's connection as a page needs it. `ready` is false until the first overview is here. */
export function useConnection(): {
  connection: Connection | undefined;
  state: ConnectionState;
  overview: Overview;
  ready: boolean;
  rttMs: number | undefined;
} {
  const [connection, setConnection] = useState<Connection | undefined>();
  useEffect(() => setConnection(tabConnection()), []);
  const state = useObservable<ConnectionState>(() => tabConnection().state, {
    state: "connecting",
  });
  const overview = useObservable(() => tabConnection().overview, EMPTY_OVERVIEW);
  const rttMs = useObservable(() => tabConnection().rttMs, undefined);
  return { connection, state, overview, ready: overview !== EMPTY_OVERVIEW, rttMs };
}

/** Milliseconds since 1970, again every `everyMs` while `active`. */
export function useNow(everyMs: number, active = true): number {
  const [now, setNow] = useState(0);
  useEffect(() => {
    if (!active) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs, active]);
  return now;
}

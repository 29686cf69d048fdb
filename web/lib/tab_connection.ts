import { Connection } from "./connection.ts";
import type { WhoAmI } from "./connection_state.ts";

/** As long as a person would wait before suspecting the network. */
const WHO_AM_I_DEADLINE_MS = 5_000;

let connection: Connection | undefined;

/** The tab's one connection to the relay that served the page. Browser only. */
export function tabConnection(): Connection {
  if (connection !== undefined) return connection;
  const opened = new Connection({
    dial: () => new WebSocket(new URL("/ws", location.href.replace(/^http/, "ws"))),
    whoAmI,
    client: { name: "web", version: "1" },
  });
  connection = opened;
  // Any of these may mean that the network is back, or that the page slept while the socket died.
  addEventListener("pageshow", () => opened.nudge());
  addEventListener("online", () => opened.nudge());
  addEventListener("offline", () => opened.nudge());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") opened.nudge();
  });
  return opened;
}

const whoAmI: WhoAmI = async () => {
  try {
    const response = await fetch("/api/me", {
      cache: "no-store",
      signal: AbortSignal.timeout(WHO_AM_I_DEADLINE_MS),
    });
    return response.status === 401 ? "signed-out" : response.ok ? "signed-in" : "unreachable";
  } catch {
    return "unreachable";
  }
};

/** Where to sign in, coming back to this page. */
export function signInUrl(): string {
  return `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
}

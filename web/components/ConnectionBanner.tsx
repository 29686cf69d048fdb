import type { ConnectionState, OfflineReason } from "../lib/connection_state.ts";
import { useNow } from "../lib/hooks.ts";
import { signInUrl } from "../lib/tab_connection.ts";

const WORDS: Readonly<Record<OfflineReason, string>> = {
  lost: "The connection was lost.",
  unreachable: "The relay cannot be reached.",
  refused: "The relay takes no connection right now.",
  restarting: "The relay restarts.",
};

/** Says what is wrong with the connection and what helps; nothing while all is well. */
export function ConnectionBanner(
  { state, onRetry }: { state: ConnectionState; onRetry: () => void },
) {
  const offline = state.state === "offline";
  const now = useNow(500, offline);
  switch (state.state) {
    case "offline": {
      const seconds = now === 0 ? 0 : Math.ceil(Math.max(0, state.retryAtMs - now) / 1000);
      return (
        <div class="banner warn" role="status" data-testid="banner-offline">
          <span>{WORDS[state.why]}</span>
          <span class="countdown" aria-hidden="true">
            {seconds > 0 ? `Next try in ${seconds} s` : "Trying…"}
          </span>
          <button type="button" onClick={onRetry}>Reconnect now</button>
        </div>
      );
    }
    case "signed-out":
      return (
        <div class="banner bad" role="alert" data-testid="banner-signed-out">
          <span>You are signed out.</span>
          <a class="button" href={signInUrl()}>Sign in</a>
        </div>
      );
    case "outdated":
      return (
        <div class="banner warn" role="alert" data-testid="banner-outdated">
          <span>The relay was updated.</span>
          <button type="button" onClick={() => location.reload()}>Load the new page</button>
        </div>
      );
    case "connecting":
    case "online":
    case "closed":
      return null;
    default:
      return state satisfies never;
  }
}

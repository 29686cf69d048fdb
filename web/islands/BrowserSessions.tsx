import { useState } from "preact/hooks";
import { ConfirmDialog } from "../components/ConfirmDialog.tsx";
import { callApi, nothing } from "../lib/api.ts";
import { date, deviceName } from "../lib/words.ts";
import type { BrowserSessionRecord } from "../services.ts";

/** Where this account is signed in, and the way to end that. */
export default function BrowserSessions(
  { sessions, own }: { sessions: BrowserSessionRecord[]; own: string },
) {
  const [listed, setListed] = useState(sessions);
  const [open, setOpen] = useState<BrowserSessionRecord | "all" | undefined>();
  const close = () => setOpen(undefined);

  const revoke = async (session: BrowserSessionRecord) => {
    const path = `/api/browser-sessions/${session.id}`;
    const answer = await callApi("DELETE", path, { result: nothing });
    if (!answer.ok) return answer.message;
    if (session.id === own) location.assign("/sign-in");
    setListed((listed) => listed.filter(({ id }) => id !== session.id));
  };
  const revokeAll = async () => {
    const answer = await callApi("DELETE", "/api/browser-sessions", { result: nothing });
    if (!answer.ok) return answer.message;
    location.assign("/sign-in");
  };

  return (
    <>
      <ul class="rows" data-testid="browser-sessions">
        {listed.map((session) => (
          <li class="row" key={session.id}>
            <div class="row-main">
              <strong>{deviceName(session.userAgent)}</strong>
              <p class="row-facts">
                <span>{session.address}</span>
                <span>since {date(session.createdAtMs)}</span>
                <span>until {date(session.expiresAtMs)}</span>
              </p>
            </div>
            {session.id === own && <span class="status status-online">This browser</span>}
            <button type="button" onClick={() => setOpen(session)}>
              Sign out<span class="visually-hidden">{deviceName(session.userAgent)}</span>
            </button>
          </li>
        ))}
      </ul>
      <p>
        <button type="button" class="danger" onClick={() => setOpen("all")}>
          Sign out everywhere
        </button>
      </p>
      {open !== undefined && (
        <ConfirmDialog
          title={open === "all" ? "Sign out everywhere" : `Sign out ${deviceName(open.userAgent)}`}
          action="Sign out"
          act={() => open === "all" ? revokeAll() : revoke(open)}
          onClose={close}
        >
          <p>
            {open === "all"
              ? "Every browser is signed out at once, this one too. You need a new sign-in link."
              : "It is signed out at once, open terminals too. Sessions go on running."}
          </p>
        </ConfirmDialog>
      )}
    </>
  );
}

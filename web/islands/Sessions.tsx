import { useState } from "preact/hooks";
import { ProtocolError, type Session } from "@chatcode/protocol";
import { ConfirmDialog } from "../components/ConfirmDialog.tsx";
import { ConnectionBanner } from "../components/ConnectionBanner.tsx";
import { Empty } from "../components/Empty.tsx";
import { Icon } from "../components/Icon.tsx";
import { NameDialog } from "../components/NameDialog.tsx";
import { SessionRow } from "../components/SessionRow.tsx";
import { StartDialog } from "../components/StartDialog.tsx";
import { useConnection } from "../lib/hooks.ts";
import { sessionKey } from "../lib/overview.ts";
import { useTitle } from "../lib/use_title.ts";

type Open = { dialog: "start" } | { dialog: "rename" | "end"; session: Session };

/** Every session on every machine, live. */
export default function Sessions({ mayChange }: { mayChange: boolean }) {
  const { connection, state, overview, ready } = useConnection();
  const [open, setOpen] = useState<Open | undefined>();
  const close = () => setOpen(undefined);
  const hosts = [...overview.hosts.values()].sort((a, b) => a.name.localeCompare(b.name));
  const online = hosts.filter((host) => host.online);
  const offline = hosts.filter((host) => !host.online);
  useTitle("Sessions", [...overview.sessions.values()].some((it) => it.approvals?.length));
  const sessions = [...overview.sessions.values()].sort((a, b) => b.createdAtMs - a.createdAtMs);

  return (
    <>
      <header class="page-head">
        <h1>Sessions</h1>
        {mayChange && (
          <button
            type="button"
            class="primary"
            data-testid="start-session"
            disabled={online.length === 0}
            onClick={() => setOpen({ dialog: "start" })}
          >
            <Icon name="plus" /> Start a session
          </button>
        )}
      </header>
      <ConnectionBanner state={state} onRetry={() => connection?.nudge()} />
      {!ready
        ? <p class="note" role="status">Looking for sessions…</p>
        : hosts.length === 0
        ? (
          <Empty title="No machine yet">
            <p>Sessions run on your machines. Add the first one, then come back.</p>
            <p>
              <a class="button primary" href="/machines">Add a machine</a>
            </p>
          </Empty>
        )
        : sessions.length === 0
        ? (
          <Empty title={online.length === 0 ? "No machine is online" : "No session runs"}>
            <p>
              {online.length === 0
                ? `${names(offline)} ${offline.length === 1 ? "is" : "are"} offline. ` +
                  "Sessions show up here as soon as a gateway connects."
                : "A session is a terminal that keeps running when you close this page."}
            </p>
            {online.length === 0
              ? (
                <p>
                  <a class="button" href="/machines">See the machines</a>
                </p>
              )
              : mayChange && (
                <p>
                  <button
                    type="button"
                    class="primary"
                    onClick={() => setOpen({ dialog: "start" })}
                  >
                    Start the first one
                  </button>
                </p>
              )}
          </Empty>
        )
        : (
          <>
            <ul class="rows" data-testid="sessions">
              {sessions.map((session) => (
                <SessionRow
                  key={sessionKey(session.host, session.id)}
                  session={session}
                  host={overview.hosts.get(session.host)}
                  onAction={mayChange ? (dialog) => setOpen({ dialog, session }) : undefined}
                />
              ))}
            </ul>
            {offline.length > 0 && (
              <p class="note">
                {names(offline)} {offline.length === 1 ? "is" : "are"}{" "}
                offline. What runs there goes on.
              </p>
            )}
          </>
        )}
      {open?.dialog === "start" && connection !== undefined && (
        <StartDialog connection={connection} hosts={online} onClose={close} />
      )}
      {open?.dialog === "rename" && (
        <NameDialog
          title="Rename the session"
          label="Title"
          value={open.session.title}
          action="Rename"
          maxLength={120}
          act={(title) =>
            attempt(() =>
              connection?.request("sessions.rename", {
                host: open.session.host,
                session: open.session.id,
                title,
              })
            )}
          onClose={close}
        />
      )}
      {open?.dialog === "end" && (
        <ConfirmDialog
          title={`End ${open.session.title}`}
          action="End the session"
          act={() =>
            attempt(() =>
              connection?.request("sessions.end", {
                host: open.session.host,
                session: open.session.id,
              })
            )}
          onClose={close}
        >
          {open.session.resumable === true
            ? <p>Nothing runs in it. It cannot be resumed from here afterwards.</p>
            : (
              <p>
                This kills <code>{open.session.foreground}</code>{" "}
                and whatever else runs in the session. It cannot be undone.
              </p>
            )}
        </ConfirmDialog>
      )}
    </>
  );
}

function names(hosts: readonly { name: string }[]): string {
  return new Intl.ListFormat("en").format(hosts.map(({ name }) => name));
}

async function attempt(act: () => Promise<unknown> | undefined): Promise<string | undefined> {
  try {
    await act();
  } catch (error) {
    if (error instanceof ProtocolError) return error.message;
    throw error;
  }
}

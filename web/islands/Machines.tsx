import { useEffect, useState } from "preact/hooks";
import type { Host, HostId } from "@chatcode/protocol";
import { AgentsDialog } from "../components/AgentsDialog.tsx";
import { FilesDialog } from "../components/files/FilesDialog.tsx";
import { UploadTray } from "../components/files/UploadTray.tsx";
import { useUploads } from "../lib/files/use_uploads.ts";
import { ConnectionBanner } from "../components/ConnectionBanner.tsx";
import { ConfirmDialog } from "../components/ConfirmDialog.tsx";
import { CredentialsDialog } from "../components/CredentialsDialog.tsx";
import { Empty } from "../components/Empty.tsx";
import { Icon } from "../components/Icon.tsx";
import { MachineCard } from "../components/MachineCard.tsx";
import { NameDialog } from "../components/NameDialog.tsx";
import { callApi, nothing } from "../lib/api.ts";
import { type HostCredentials, hostCredentials } from "../lib/host_credentials.ts";
import { useConnection } from "../lib/hooks.ts";

type Open =
  | { dialog: "add" }
  | { dialog: "credentials"; credentials: HostCredentials }
  | { dialog: "agents" | "files" | "rename" | "rotate" | "remove"; host: Host };

/** Every machine, live, and what can be done with them. */
export default function Machines(
  { known, mayChange, mayRead }: {
    known: { id: HostId; name: string }[];
    mayChange: boolean;
    /** Its files. */
    mayRead: boolean;
  },
) {
  const { connection, state, overview, ready } = useConnection();
  const [open, setOpen] = useState<Open | undefined>();
  const uploaded = useUploads();
  const close = () => setOpen(undefined);
  // Until the socket tells more, what the relay has registered.
  const hosts: Host[] = ready
    ? [...overview.hosts.values()]
    : known.map((host) => ({ ...host, online: false }));
  hosts.sort((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id));

  const add = async (name: string) => {
    const answer = await callApi("POST", "/api/hosts", { body: { name }, result: hostCredentials });
    if (!answer.ok) return answer.message;
    setOpen({ dialog: "credentials", credentials: answer.value });
  };
  const rename = async (host: Host, name: string) => {
    const path = `/api/hosts/${host.id}`;
    const answer = await callApi("PATCH", path, { body: { name }, result: nothing });
    return answer.ok ? undefined : answer.message;
  };
  const rotate = async (host: Host) => {
    const path = `/api/hosts/${host.id}/token`;
    const answer = await callApi("POST", path, { result: hostCredentials });
    if (!answer.ok) return answer.message;
    setOpen({ dialog: "credentials", credentials: answer.value });
  };
  const remove = async (host: Host) => {
    const answer = await callApi("DELETE", `/api/hosts/${host.id}`, { result: nothing });
    return answer.ok ? undefined : answer.message;
  };
  // A dialog that led to another one must not close that.
  const closeIf = (dialog: Open["dialog"]) => () =>
    setOpen((open) => open?.dialog === dialog ? undefined : open);

  useEffect(() => {
    if (open === undefined || open.dialog === "add" || open.dialog === "credentials") return;
    if (ready && !overview.hosts.has(open.host.id)) close(); // removed meanwhile, elsewhere
  }, [overview]);

  return (
    <>
      <header class="page-head">
        <h1>Machines</h1>
        {mayChange && (
          <button
            type="button"
            class="primary"
            data-testid="add-machine"
            onClick={() => setOpen({ dialog: "add" })}
          >
            <Icon name="plus" /> Add a machine
          </button>
        )}
      </header>
      <ConnectionBanner state={state} onRetry={() => connection?.nudge()} />
      {hosts.length === 0
        ? (
          <Empty title="No machine yet">
            <p>
              A machine is any computer with a gateway: a program that dials out to this relay, so
              that nothing has to be opened in a firewall.
            </p>
            <p>
              {mayChange
                ? "Add one, then run the one line that is shown on it."
                : "Ask the owner of this relay to add one."}
            </p>
          </Empty>
        )
        : (
          <ul class="cards" data-testid="machines">
            {hosts.map((host) => (
              <MachineCard
                key={host.id}
                host={host}
                known={ready}
                onAgents={() => setOpen({ dialog: "agents", host })}
                onFiles={mayRead ? () => setOpen({ dialog: "files", host }) : undefined}
                onAction={mayChange ? (dialog) => setOpen({ dialog, host }) : undefined}
              />
            ))}
          </ul>
        )}
      {open?.dialog === "add" && (
        <NameDialog
          title="Add a machine"
          label="What do you call it?"
          value=""
          action="Add"
          maxLength={80}
          act={add}
          onClose={closeIf("add")}
        />
      )}
      {open?.dialog === "credentials" && (
        <CredentialsDialog
          credentials={open.credentials}
          online={overview.hosts.get(open.credentials.id)?.online === true}
          onClose={close}
        />
      )}
      {open?.dialog === "agents" && connection !== undefined && (
        <AgentsDialog
          connection={connection}
          host={overview.hosts.get(open.host.id) ?? open.host}
          mayChange={mayChange}
          onClose={close}
        />
      )}
      {open?.dialog !== "files" && <UploadTray list={uploaded} fixed />}
      {open?.dialog === "files" && connection !== undefined && (
        <FilesDialog
          connection={connection}
          host={overview.hosts.get(open.host.id) ?? open.host}
          hostId={open.host.id}
          at={{ path: "" }}
          list={uploaded}
          onClose={close}
        />
      )}
      {open?.dialog === "rename" && (
        <NameDialog
          title="Rename the machine"
          label="New name"
          value={open.host.name}
          action="Rename"
          maxLength={80}
          act={(name) => rename(open.host, name)}
          onClose={close}
        />
      )}
      {open?.dialog === "rotate" && (
        <ConfirmDialog
          title={`New token for ${open.host.name}`}
          action="Make a new token"
          act={() => rotate(open.host)}
          onClose={closeIf("rotate")}
        >
          <p>
            The present token stops at once, and with it the machine's connection, until its gateway
            is started with the new one. Sessions go on running.
          </p>
        </ConfirmDialog>
      )}
      {open?.dialog === "remove" && (
        <ConfirmDialog
          title={`Remove ${open.host.name}`}
          action="Remove"
          act={() => remove(open.host)}
          onClose={close}
        >
          <p>
            Its token stops at once and it disappears from this list. Sessions go on running on the
            machine itself.
          </p>
        </ConfirmDialog>
      )}
    </>
  );
}

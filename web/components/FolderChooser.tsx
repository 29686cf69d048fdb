import { useEffect, useState } from "preact/hooks";
import { type Host, ProtocolError } from "@chatcode/protocol";
import type { Connection } from "../lib/connection.ts";
import { Icon } from "./Icon.tsx";

type Listing =
  | { state: "loading" }
  | { state: "listed"; folders: string[]; truncated: boolean }
  | { state: "failed"; message: string };

/** Walks through the folders of a machine's workspace. `folder` is relative; "" is the workspace. */
export function FolderChooser(
  { connection, host, folder, onChoose }: {
    connection: Connection;
    host: Host;
    folder: string;
    onChoose: (folder: string) => void;
  },
) {
  const [listing, setListing] = useState<Listing>({ state: "loading" });
  useEffect(() => {
    let current = true;
    setListing({ state: "loading" });
    connection.request("folders.list", { host: host.id, path: folder }).then(
      ({ folders, truncated }) => current && setListing({ state: "listed", folders, truncated }),
      (error: unknown) =>
        current && setListing({
          state: "failed",
          message: error instanceof ProtocolError ? error.message : "The folders cannot be listed",
        }),
    );
    return () => {
      current = false;
    };
  }, [connection, host.id, folder]);

  const parts = folder === "" ? [] : folder.split("/");
  return (
    <fieldset class="field folders">
      <legend>Folder</legend>
      <div class="crumbs" data-testid="folder">
        <button type="button" onClick={() => onChoose("")}>workspace</button>
        {parts.map((part, index) => (
          <button
            type="button"
            key={index}
            onClick={() => onChoose(parts.slice(0, index + 1).join("/"))}
          >
            {part}
          </button>
        ))}
      </div>
      <div class="folder-list" role="group" aria-label="Folders inside" tabIndex={-1}>
        {listing.state === "loading" && <p class="note">Looking…</p>}
        {listing.state === "failed" && <p class="problem">{listing.message}</p>}
        {listing.state === "listed" && listing.folders.length === 0 && (
          <p class="note">No folders in here</p>
        )}
        {listing.state === "listed" && listing.folders.map((name) => (
          <button
            type="button"
            key={name}
            data-testid="folder-choice"
            onClick={() => onChoose([...parts, name].join("/"))}
          >
            <Icon name="folder" /> {name}
          </button>
        ))}
        {listing.state === "listed" && listing.truncated && (
          <p class="note">There are more than can be shown.</p>
        )}
      </div>
    </fieldset>
  );
}

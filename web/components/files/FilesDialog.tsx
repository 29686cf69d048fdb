import type { Host, HostId, SessionId } from "@chatcode/protocol";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Connection } from "../../lib/connection.ts";
import { crumbs, folderOf, useFolder, whyNot } from "../../lib/files/use_folder.ts";
import { type UploadList, useForgetDone } from "../../lib/files/use_uploads.ts";
import type { WrittenFile } from "../../lib/files/upload_transport.ts";
import { Dialog } from "../Dialog.tsx";
import { Icon } from "../Icon.tsx";
import { DropZone } from "./DropZone.tsx";
import { FolderList } from "./FolderList.tsx";
import { PreviewPane } from "./PreviewPane.tsx";
import { UploadChips } from "./UploadChips.tsx";

/** What can be done with a file beyond looking at it. */
export interface FileUse {
  readonly words: string;
  readonly use: (file: WrittenFile) => void;
}

/** Relative to the session's folder if there is one, else to the workspace. "": the workspace. */
export interface WantedPath {
  readonly path: string;
  readonly session?: SessionId | undefined;
}

/**
 * A machine's folders, with a preview of a file beside or, on a phone, instead of them. `at` names a
 * folder or a file, as somebody wrote it; which of them it is, is found out.
 */
export function FilesDialog(
  { connection, host, hostId, at, use, list, onClose }: {
    connection: Connection;
    host: Host | undefined;
    hostId: HostId;
    at: WantedPath;
    use?: FileUse | undefined;
    /** Of what is uploaded into folders; it outlives the dialog. */
    list: UploadList;
    onClose: () => void;
  },
) {
  const workspace = host?.facts?.workspace ?? "";
  const [path, setPath] = useState("");
  const [file, setFile] = useState<string | undefined>();
  const [showHidden, setShowHidden] = useState(false);
  const [trouble, setTrouble] = useState<string | undefined>();
  const { folder, reload } = useFolder(connection, hostId, path);
  const { uploads } = list;
  useForgetDone(list);
  const rows = list.rows.filter(({ upload }) => upload?.place.host === hostId);
  const chooser = useRef<HTMLInputElement>(null);
  const listing = folder.state === "listed" ? folder.listing : undefined;
  const here = listing?.path ?? path;

  const whole = rows.filter(({ state }) => state.state === "done").length;
  useEffect(() => {
    if (whole > 0) reload();
  }, [whole]);

  const go = (next: string) => {
    setTrouble(undefined);
    setFile(undefined);
    if (next === path) reload();
    else setPath(next);
  };
  const toWorkspace = () => go("");
  /** Shows what a path leads to, wherever that is. */
  const open = async (wanted: WantedPath) => {
    setTrouble(undefined);
    try {
      const found = await connection.request("files.stat", { host: hostId, ...wanted });
      setPath(found.kind === "folder" ? found.path : folderOf(found.path));
      setFile(found.kind === "file" ? found.path : undefined);
    } catch (error) {
      setTrouble(`${wanted.path}: ${whyNot(error)}`);
    }
  };
  useEffect(() => {
    if (at.path !== "") void open(at);
  }, []);
  const add = (files: readonly File[]) => {
    setTrouble(undefined);
    const left = uploads?.add(files, { host: hostId, folder: here }) ?? 0;
    if (left > 0) setTrouble(`${left} of them do not fit into the list: wait for the others.`);
  };
  const inside = workspace !== "" && (here === workspace || here.startsWith(`${workspace}/`));

  return (
    <Dialog title={`Files on ${host?.name ?? hostId}`} size="full" onClose={onClose}>
      <div class={file === undefined ? "files" : "files with-preview"} data-testid="files">
        <DropZone
          class="files-folder"
          words="Drop to upload here"
          disabled={!inside}
          onFiles={add}
          onTrouble={setTrouble}
        >
          <div class="files-bar">
            <nav class="crumbs" aria-label="Folder" data-testid="files-crumbs">
              {crumbs(here, workspace).map((crumb) => (
                <button
                  type="button"
                  key={crumb.path}
                  onClick={() => go(crumb.path)}
                >
                  {crumb.name}
                </button>
              ))}
            </nav>
            <label class="check">
              <input
                type="checkbox"
                checked={showHidden}
                onChange={(event) => setShowHidden(event.currentTarget.checked)}
              />
              <span>Hidden</span>
            </label>
            {inside && (
              <>
                <button type="button" onClick={() => chooser.current?.click()}>
                  <Icon name="upload" /> Upload
                </button>
                <input
                  type="file"
                  ref={chooser}
                  multiple
                  hidden
                  data-testid="upload-here"
                  onChange={({ currentTarget }) => {
                    add([...currentTarget.files ?? []]);
                    currentTarget.value = "";
                  }}
                />
              </>
            )}
          </div>
          {trouble !== undefined && (
            <p class="files-trouble" role="alert" data-testid="files-trouble">{trouble}</p>
          )}
          <UploadChips
            rows={rows}
            label="Uploads"
            onRemove={(id) => uploads?.remove(id)}
            onRetry={(id) => uploads?.retry(id)}
            onOpen={setFile}
          />
          <div class="files-scroll" tabIndex={0} role="region" aria-label="In this folder">
            {folder.state === "loading" && <p class="note files-empty">Looking…</p>}
            {folder.state === "failed" && (
              <div class="files-empty" role="alert" data-testid="files-failed">
                <p>{folder.message}</p>
                <button
                  type="button"
                  onClick={toWorkspace}
                >
                  {path === "" ? "Try again" : "Go to the workspace"}
                </button>
              </div>
            )}
            {listing !== undefined && (
              <FolderList
                listing={listing}
                selected={file}
                showHidden={showHidden}
                onFolder={go}
                onFile={(path) => void open({ path })}
              />
            )}
          </div>
        </DropZone>
        {file !== undefined && (
          <PreviewPane
            key={file}
            connection={connection}
            host={hostId}
            path={file}
            place={crumbs(file, workspace).map(({ name }) => name).join("/")}
            onBack={() => setFile(undefined)}
            actions={use && (({ name, size }) => (
              <button
                type="button"
                class="primary"
                data-testid="use-file"
                onClick={() => {
                  onClose();
                  use.use({ path: file, name, size });
                }}
              >
                {use.words}
              </button>
            ))}
          />
        )}
      </div>
    </Dialog>
  );
}

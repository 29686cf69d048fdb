import { type HostId, type MethodResult, ProtocolError } from "@chatcode/protocol";
import { useEffect, useState } from "preact/hooks";
import type { Connection } from "../connection.ts";

export type Folder =
  | { readonly state: "loading" }
  | { readonly state: "listed"; readonly listing: MethodResult<"files.list"> }
  | { readonly state: "failed"; readonly message: string };

/** What is in a folder of a machine; the empty path is its workspace. */
export function useFolder(
  connection: Connection,
  host: HostId,
  path: string,
): { folder: Folder; reload: () => void } {
  const [folder, setFolder] = useState<Folder>({ state: "loading" });
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    let current = true;
    connection.request("files.list", { host, path }).then(
      (listing) => current && setFolder({ state: "listed", listing }),
      (error: unknown) => current && setFolder({ state: "failed", message: whyNot(error) }),
    );
    return () => {
      current = false;
    };
  }, [connection, host, path, asked]);
  return { folder, reload: () => setAsked((asked) => asked + 1) };
}

/** Why a file or a folder cannot be seen, for the person. */
export function whyNot(error: unknown): string {
  if (!(error instanceof ProtocolError)) return "That did not work.";
  switch (error.code) {
    case "FILE_NOT_FOUND":
    case "FOLDER_NOT_FOUND":
      return "There is nothing of that name. It may have been moved, or is yet to be written.";
    case "FILE_NOT_ALLOWED":
    case "FOLDER_NOT_ALLOWED":
      return "This may not be shown. Only the workspace, and what is not hidden in the home " +
        "folder, can be read from here.";
    case "HOST_OFFLINE":
      return "The machine is offline.";
    default:
      return error.message;
  }
}

/** A way from the workspace to a folder: each step's name and path, the workspace's own first. */
export function crumbs(path: string, workspace: string): { name: string; path: string }[] {
  const inside = path === workspace || path.startsWith(`${workspace}/`);
  const root = inside ? workspace : "";
  const names = path.slice(root.length).split("/").filter((name) => name !== "");
  const steps = names.map((name, index) => ({
    name,
    path: `${root}/${names.slice(0, index + 1).join("/")}`,
  }));
  return inside ? [{ name: "workspace", path: workspace }, ...steps] : steps;
}

/** Where `path` is: all but its last name. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 1));
}

import { factsOf } from "../files/file_facts.ts";
import type { FileChannels } from "../files/file_channels.ts";
import { type Jail, notAllowed } from "../files/jail.ts";
import { listFolder } from "../files/listing.ts";
import type { Uploads } from "../files/uploads.ts";
import type { HostMethods } from "../requests.ts";

/** A session's folder, or what stands for it if there is no such session. */
type FolderOf = (session: string | undefined) => string;

/** What can be told of files without a channel. SPEC [FI1] [FI2]. */
export function fileMethods(
  jail: Jail,
  folderOf: FolderOf,
): Pick<HostMethods, "files.list" | "files.stat"> {
  return {
    "files.list": async ({ path, session }) => await listFolder(jail, path, folderOf(session)),
    "files.stat": async ({ path, session }) => {
      using found = await jail.find(path, folderOf(session));
      const { stat } = found;
      if (!stat.isFile && !stat.isDirectory) throw notAllowed("it is no plain file");
      return { ...factsOf(found.path, stat), kind: stat.isFile ? "file" : "folder" };
    },
  };
}

/** What only the relay asks. SPEC [FI3]. */
export function relayFileMethods(
  channels: FileChannels,
  uploads: Uploads,
  folderOf: FolderOf,
): Pick<
  HostMethods,
  | "files.open"
  | "uploads.create"
  | "uploads.receive"
  | "uploads.finish"
  | "uploads.state"
  | "uploads.cancel"
> {
  return {
    "files.open": (params, scope) => channels.open(params, scope),
    "uploads.create": (params, { principal }) =>
      uploads.create(params, { principal, base: folderOf(params.session) }),
    "uploads.receive": (params, scope) => channels.receive(params, scope),
    "uploads.finish": ({ upload }, { principal }) => uploads.finish(upload, principal),
    "uploads.state": ({ upload }, { principal }) => uploads.state(upload, principal),
    "uploads.cancel": async ({ upload }, { principal }) => {
      await uploads.cancel(upload, principal);
      return {};
    },
  };
}

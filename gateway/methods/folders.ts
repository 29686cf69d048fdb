import type { HostMethods } from "../requests.ts";
import type { Workspace } from "../workspace.ts";

export function folderMethods(workspace: Workspace): Pick<HostMethods, "folders.list"> {
  return { "folders.list": ({ path }) => workspace.list(path) };
}

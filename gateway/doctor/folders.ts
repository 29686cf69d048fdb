import { type Check, fail, ok } from "./check.ts";

/** Whether sessions can start in the workspace: it is a folder, or can be made, and is writable. */
export function checkWorkspace(path: string): Check {
  const name = "workspace";
  const mend = `Make it yours: mkdir -p "${path}" && chown "$(id -un)" "${path}"`;
  const found = writable(path);
  switch (found) {
    case "yes":
      return ok(name, path);
    case "missing":
      return ok(name, `${path} does not exist yet; the first start makes it`);
    case "no-folder":
      return fail(name, `${path} is not a folder`, "Move it away, or set CHATCODE_WORKSPACE");
    case "no":
      return fail(name, `${path} cannot be written`, mend);
    default:
      return found satisfies never;
  }
}

/** Whether lock and socket can lie in the state folder, for this user only. */
export function checkStateDir(path: string): Check {
  const name = "state folder";
  const found = writable(path);
  if (found === "missing") return ok(name, `${path} does not exist yet; the first start makes it`);
  if (found !== "yes") {
    return fail(name, `${path} cannot be used`, "Remove it, or set CHATCODE_STATE_DIR");
  }
  const mode = Deno.statSync(path).mode ?? 0o700;
  if ((mode & 0o077) === 0) return ok(name, path);
  return fail(name, `${path} is open to other users`, `Close it: chmod 700 "${path}"`);
}

/** A file is really made, since permission bits do not tell of read-only or full disks. */
function writable(path: string): "yes" | "no" | "missing" | "no-folder" {
  try {
    if (!Deno.statSync(path).isDirectory) return "no-folder";
    Deno.removeSync(Deno.makeTempFileSync({ dir: path, prefix: ".chatcode-doctor-" }));
    return "yes";
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) return "no";
  }
  const parent = path.slice(0, path.lastIndexOf("/"));
  return parent === "" || writable(parent) === "no" ? "no" : "missing";
}

import { ProtocolError } from "@chatcode/protocol";
import type { Workspace } from "../workspace.ts";

/**
 * The prompt with the files it refers to at its end, each as `@path`, which all agents take for a
 * file. SPEC [PR4].
 * @throws ProtocolError as `workspace.resolveFile()`; INVALID_REQUEST for a name with blanks at odds
 * with that
 */
export async function withFiles(
  text: string,
  options: { files: readonly string[]; workspace: Workspace; cwd: string },
): Promise<string> {
  const { files, workspace, cwd } = options;
  const names: string[] = [];
  for (const file of files) {
    const real = await workspace.resolveFile(file);
    if (/[\p{Cc}"\\]/u.test(real)) {
      throw new ProtocolError("PROMPT_REFUSED", "Cannot attach a file: its name is not plain");
    }
    const path = real.startsWith(`${cwd}/`) ? real.slice(cwd.length + 1) : real;
    names.push(/\s/.test(path) ? `@"${path}"` : `@${path}`);
  }
  return names.length === 0 ? text : `${text}\n\n${names.join(" ")}`;
}

import type { Env } from "../agents/agent.ts";

/** What must outlive restarts of the machine too; the state folder need not. */
export function dataFolder(env: Env): string {
  return `${env["XDG_DATA_HOME"] || `${env["HOME"]}/.local/share`}/chatcode`;
}

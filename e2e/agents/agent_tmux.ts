import { endGroups } from "../../gateway/host/process_groups.ts";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { isRunning } from "../harness/proc.ts";

/** A tmux server of a test's own, whose panes see exactly the given environment. */
export class AgentTmux implements AsyncDisposable {
  readonly socketName = `cc-test-${crypto.randomUUID().slice(0, 8)}`;
  readonly #env: Record<string, string>;

  constructor(env: Readonly<Record<string, string>>) {
    this.#env = { ...env };
  }

  /** @throws {Error} with tmux's own words if it fails */
  async run(...args: string[]): Promise<string> {
    const { success, stdout, stderr } = await this.#tmux(args);
    if (!success) throw new Error(`tmux ${args[0]} failed: ${stderr.trim()}`);
    return stdout;
  }

  /** Ends every pane; resolves when their processes are gone and write nothing any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { stdout } = await this.#tmux(["list-panes", "-a", "-F", "#{pane_pid}"]);
    const pids = stdout.split("\n").filter((line) => line !== "").map(Number);
    await this.#tmux(["kill-server"]);
    // Gemini goes on when its terminal is gone. A pane's first process leads the group of all that it
    // started in the foreground.
    await endGroups(pids, { hangUpMs: 0 });
    const what = "the agents to be gone";
    await waitFor(() => !pids.some(isRunning), { what, deadlineMs: 60_000 });
  }

  async #tmux(args: string[]) {
    const { success, stdout, stderr } = await new Deno.Command("tmux", {
      args: ["-u", "-L", this.socketName, "-f", "/dev/null", ...args],
      clearEnv: true,
      env: this.#env,
    }).output();
    const decoder = new TextDecoder();
    return { success, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  }
}

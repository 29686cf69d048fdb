/** Looks at a private tmux server from outside, past the gateway. */
export class PaneTmux implements AsyncDisposable {
  readonly socketName = `cc-test-${crypto.randomUUID().slice(0, 8)}`;

  /** @throws {Error} with tmux's own words if it fails */
  async run(...args: string[]): Promise<string> {
    const { success, stdout, stderr } = await this.#tmux(args);
    if (!success) throw new Error(`tmux ${args[0]} failed: ${stderr.trim()}`);
    return stdout;
  }

  /** The visible screen, a line each, without trailing blanks. */
  async screen(session: string): Promise<string[]> {
    return trimmed((await this.run("capture-pane", "-p", "-t", `=${session}:`)).split("\n"));
  }

  /** The process that runs in the session's pane. */
  async panePid(session: string): Promise<number> {
    return Number(await this.#ask(session, "#{pane_pid}"));
  }

  async size(session: string): Promise<string> {
    return await this.#ask(session, "#{window_width}x#{window_height}");
  }

  async historySize(session: string): Promise<number> {
    return Number(await this.#ask(session, "#{history_size}"));
  }

  async serverPid(): Promise<number> {
    return Number((await this.run("display-message", "-p", "#{pid}")).trim());
  }

  async sessions(): Promise<string[]> {
    const { success, stdout } = await this.#tmux(["list-sessions", "-F", "#{session_name}"]);
    return success ? stdout.split("\n").filter((name) => name !== "" && name[0] !== "_") : [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux(["kill-server"]);
  }

  async #ask(session: string, format: string): Promise<string> {
    return (await this.run("display-message", "-p", "-t", `=${session}:`, format)).trim();
  }

  async #tmux(args: string[]) {
    const { success, stdout, stderr } = await new Deno.Command("tmux", {
      args: ["-u", "-L", this.socketName, ...args],
      env: { LC_ALL: "C.UTF-8" },
    }).output();
    const decoder = new TextDecoder();
    return { success, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  }
}

/** Screen lines as every side compares them: no trailing blanks, no empty lines at the end. */
export function trimmed(lines: readonly string[]): string[] {
  const out = lines.map((line) => line.trimEnd());
  while (out.length > 0 && out.at(-1) === "") out.pop();
  return out;
}

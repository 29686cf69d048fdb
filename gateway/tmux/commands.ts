import { isGone, TmuxError } from "./error.ts";
import { readText } from "./small_reads.ts";

export interface TmuxCommandsOptions {
  /** The tmux program. Default: `tmux`, found by PATH in `env`. */
  readonly binary?: string;
  /** Names the private server (`tmux -L`). */
  readonly socketName: string;
  /** The configuration, read when the server starts. */
  readonly confPath: string;
  /** The whole environment of every tmux process; see `tmuxEnvironment()`. */
  readonly env: Readonly<Record<string, string>>;
  /** Never starts a server: another service runs it. Default: false. */
  readonly neverStart?: boolean;
}

export interface TmuxCommandResult {
  readonly ok: boolean;
  readonly stdout: string;
  /** What tmux complained about, without the line end. */
  readonly message: string;
}

/** Runs tmux, one process a call: for what is rare or large. Keys go by `TmuxControl`. */
export class TmuxCommands {
  readonly #options: TmuxCommandsOptions;

  constructor(options: TmuxCommandsOptions) {
    this.#options = options;
  }

  get env(): Readonly<Record<string, string>> {
    return this.#options.env;
  }

  get socketName(): string {
    return this.#options.socketName;
  }

  get confPath(): string {
    return this.#options.confPath;
  }

  /** The command line of a tmux client on the private server. */
  argv(args: readonly string[]): [string, ...string[]] {
    const { binary = "tmux", socketName, confPath, neverStart = false } = this.#options;
    const start = neverStart ? ["-N"] : [];
    return [binary, "-u", ...start, "-L", socketName, "-f", confPath, ...args];
  }

  /** Runs a tmux client to its end, with `input` to read. Never throws because tmux refused. */
  async run(args: readonly string[], input?: string): Promise<TmuxCommandResult> {
    const [binary, ...rest] = this.argv(args);
    const child = new Deno.Command(binary, {
      args: rest,
      env: this.#options.env,
      clearEnv: true,
      stdin: input === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    if (input !== undefined) {
      // One that fails ends without reading: its status tells.
      ReadableStream.from([new TextEncoder().encode(input)]).pipeTo(child.stdin).catch(() => {});
    }
    const [stdout, stderr, { success }] = await Promise.all([
      readText(child.stdout),
      readText(child.stderr),
      child.status,
    ]);
    return { ok: success, stdout, message: stderr.trim() };
  }

  /**
   * The output of a command that has to work.
   * @throws {TmuxError} SESSION_NOT_FOUND if its target is gone, else TMUX_FAILED
   */
  async must(args: readonly string[]): Promise<string> {
    const { ok, stdout, message } = await this.run(args);
    if (ok) return stdout;
    const code = isGone(message) ? "SESSION_NOT_FOUND" : "TMUX_FAILED";
    throw new TmuxError(code, `Cannot run tmux ${args[0]}: ${message}`);
  }

  /** Whether a session of exactly this name lives; `false` also when there is no server. */
  async hasSession(id: string): Promise<boolean> {
    return (await this.run(["has-session", "-t", `=${id}`])).ok;
  }
}

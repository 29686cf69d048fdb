import type { Clock } from "@chatcode/kit";
import { TmuxCommands } from "./commands.ts";
import { KEEPER, TMUX_CONF } from "./conf.ts";
import { TmuxControl } from "./control.ts";
import { tmuxEnvironment } from "./environment.ts";
import { TmuxError } from "./error.ts";
import { findTmux, type TmuxVersion } from "./version.ts";

export interface TmuxOptions {
  /** Names the private server (`tmux -L`). Default: `chatcode`. */
  readonly socketName?: string;
  /** Where the server's configuration is written, mode 600. Its folder must exist. */
  readonly confPath: string;
  /** The gateway's environment; cleaned before tmux sees it. */
  readonly env: Readonly<Record<string, string>>;
  /** The tmux program. Default: `tmux`, found by PATH. */
  readonly binary?: string;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** The private tmux server as the gateway holds it. Disposing it leaves every session running. */
export class Tmux implements AsyncDisposable {
  constructor(
    readonly version: TmuxVersion,
    readonly commands: TmuxCommands,
    readonly control: TmuxControl,
  ) {}

  async [Symbol.asyncDispose](): Promise<void> {
    await this.control[Symbol.asyncDispose]();
  }
}

/** For a service unit of its own: what a tmux server for the gateway is started with. */
export function serverArguments(): string[] {
  // A sleep of 68 years, because `sleep infinity` is not everywhere.
  return ["new-session", "-d", "-s", KEEPER, "-x", "80", "-y", "24", "exec sleep 2147483647"];
}

/**
 * Finds tmux, starts its server unless it runs, and connects to it.
 * @throws {TmuxError} TMUX_MISSING, TMUX_TOO_OLD or TMUX_FAILED
 */
export async function openTmux(options: TmuxOptions): Promise<Tmux> {
  const { socketName = "chatcode", confPath, binary } = options;
  const env = tmuxEnvironment(options.env);
  const program = binary === undefined ? {} : { binary };
  const version = await findTmux(env, binary);
  const commands = new TmuxCommands({ socketName, confPath, env, ...program });
  await writeConf(confPath);
  const control = await TmuxControl.open({
    commands,
    ensureServer: () => ensureServer(commands),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...(options.random === undefined ? {} : { random: options.random }),
  });
  return new Tmux(version, commands, control);
}

/** Another gateway version's server keeps its sessions and takes our options. */
async function ensureServer(commands: TmuxCommands): Promise<void> {
  if (await commands.hasSession(KEEPER)) {
    await commands.must(["source-file", commands.confPath]);
    return;
  }
  const { ok, message } = await commands.run(serverArguments());
  // Someone else may have started it in between.
  if (!ok && !(await commands.hasSession(KEEPER))) {
    throw new TmuxError("TMUX_FAILED", `Cannot start the tmux server: ${message}`);
  }
}

async function writeConf(path: string): Promise<void> {
  const draft = `${path}.${crypto.randomUUID()}`;
  await Deno.writeTextFile(draft, TMUX_CONF, { mode: 0o600 });
  await Deno.rename(draft, path);
}

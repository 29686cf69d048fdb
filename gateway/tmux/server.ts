import { type Clock, sleep, systemClock } from "@chatcode/kit";
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
  /** Whether another service runs the server, so that it is waited for. Default: false. */
  readonly serverIsService?: boolean;
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

  /** Tells this server from every other, over restarts of the machine too. @throws {TmuxError} */
  async identity(): Promise<string> {
    const [lines = []] = await this.control.run('display-message -p "#{pid} #{start_time}"');
    return lines.join("");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.control[Symbol.asyncDispose]();
  }
}

/** How long the server's own service may take to have it up, in milliseconds. */
const SERVICE_UP_MS = 10_000;
const LOOK_EVERY_MS = 50;

/** What makes the keeper session, and with it the server unless one runs. */
function serverArguments(): string[] {
  // A sleep of 68 years, because `sleep infinity` is not everywhere.
  return ["new-session", "-d", "-s", KEEPER, "-x", "80", "-y", "24", "exec sleep 2147483647"];
}

/**
 * Finds tmux, starts its server unless it runs, and connects to it.
 * @throws {TmuxError} TMUX_MISSING, TMUX_TOO_OLD or TMUX_FAILED
 */
export async function openTmux(options: TmuxOptions): Promise<Tmux> {
  const { socketName = "chatcode", confPath, binary, serverIsService = false } = options;
  const env = tmuxEnvironment(options.env);
  const program = binary === undefined ? {} : { binary };
  const version = await findTmux(env, binary);
  const commands = new TmuxCommands({
    socketName,
    confPath,
    env,
    neverStart: serverIsService,
    ...program,
  });
  await writeConf(confPath);
  const control = await TmuxControl.open({
    commands,
    ensureServer: async () => {
      if (serverIsService) await configureService(commands, options.clock ?? systemClock);
      await ensureServer(commands);
    },
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

/** Such a server was started without our configuration, perhaps a moment ago. */
async function configureService(commands: TmuxCommands, clock: Clock): Promise<void> {
  const untilMs = clock.now() + SERVICE_UP_MS;
  for (;;) {
    const { ok, message } = await commands.run(["source-file", commands.confPath]);
    if (ok) return;
    if (clock.now() >= untilMs) {
      const advice = "is chatcode-tmux.service running?";
      throw new TmuxError("TMUX_FAILED", `Cannot reach the tmux server: ${message}: ${advice}`);
    }
    await sleep(clock, LOOK_EVERY_MS);
  }
}

async function writeConf(path: string): Promise<void> {
  const draft = `${path}.${crypto.randomUUID()}`;
  await Deno.writeTextFile(draft, TMUX_CONF, { mode: 0o600 });
  await Deno.rename(draft, path);
}

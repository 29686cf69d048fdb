import { AGENTS } from "../agents/agents.ts";

/** An agent's command line program as npm has it. */
export interface AgentCli {
  readonly name: string;
  readonly npm: string;
}

/** Those that the installer brings. */
export const AGENT_CLIS: readonly AgentCli[] = AGENTS.flatMap(({ binary: name, npm }) =>
  npm === undefined ? [] : [{ name, npm }]
);

/** For npm to bring one, in milliseconds. */
export const NPM_MS = 600_000;
const VERSION_MS = 60_000;

export type AgentUpdate =
  | { readonly state: "absent" | "current" }
  | { readonly state: "updated"; readonly from: string; readonly to: string }
  | { readonly state: "rolled-back"; readonly from: string; readonly why: string }
  | { readonly state: "failed"; readonly why: string };

/** Runs a program as the agents' user. */
export type RunAsUser = (
  argv: readonly string[],
  limitMs: number,
) => Promise<{ ok: boolean; output: string }>;

/** The agents' programs of one user, in `~/.local`. */
export class AgentClis {
  readonly #home: string;
  readonly #run: RunAsUser;

  constructor(home: string, run: RunAsUser) {
    this.#home = home;
    this.#run = run;
  }

  /** Brings the newest version; the one before comes back if the new one does not start. */
  async update({ name, npm }: AgentCli): Promise<AgentUpdate> {
    const before = await this.#versionOf(name);
    if (before === undefined) return { state: "absent" };
    const installed = await this.#install(`${npm}@latest`);
    const after = await this.#versionOf(name);
    if (installed.ok && after !== undefined) {
      return after === before
        ? { state: "current" }
        : { state: "updated", from: before, to: after };
    }
    const number = /\d+\.\d+\.\d+[\w.-]*/.exec(before)?.[0];
    const why = installed.ok ? "it does not start" : lastLine(installed.output);
    if (number !== undefined) await this.#install(`${npm}@${number}`);
    const isBack = await this.#versionOf(name) !== undefined;
    return isBack ? { state: "rolled-back", from: before, why } : { state: "failed", why };
  }

  async #install(wanted: string): Promise<{ ok: boolean; output: string }> {
    const prefix = `${this.#home}/.local`;
    return await this.#run(["npm", "install", "--global", "--prefix", prefix, wanted], NPM_MS);
  }

  async #versionOf(name: string): Promise<string | undefined> {
    const { ok, output } = await this.#run(
      [`${this.#home}/.local/bin/${name}`, "--version"],
      VERSION_MS,
    );
    return ok ? lastLine(output) : undefined;
  }
}

/** The other user's own environment, by runuser(1); without a user, ours. */
export function runAs(
  user: string | undefined,
  home: string,
  env: Readonly<Record<string, string>>,
): RunAsUser {
  return async (argv, limitMs) => {
    const [program = "", ...args] = user === undefined
      ? argv
      : ["runuser", "-u", user, "--", ...argv];
    try {
      const { success, stdout, stderr } = await new Deno.Command(program, {
        args,
        env: { ...env, HOME: home, npm_config_update_notifier: "false", npm_config_fund: "false" },
        clearEnv: true,
        cwd: home,
        stdin: "null",
        signal: AbortSignal.timeout(limitMs),
      }).output();
      const decoder = new TextDecoder();
      return { ok: success, output: decoder.decode(stdout) + decoder.decode(stderr) };
    } catch (thrown) {
      return { ok: false, output: thrown instanceof Error ? thrown.message : String(thrown) };
    }
  };
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}

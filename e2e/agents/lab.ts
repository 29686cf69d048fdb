import type { AgentId } from "@chatcode/protocol";
import { AgentPane } from "./agent_pane.ts";
import { AgentTmux } from "./agent_tmux.ts";
import type { AgentCli, AgentPlace } from "./cli/agent_cli.ts";
import { claudeCli } from "./cli/claude.ts";
import { codexCli } from "./cli/codex.ts";
import { geminiCli } from "./cli/gemini.ts";
import { opencodeCli } from "./cli/opencode.ts";
import { FakeModel } from "./fake_model/fake_model.ts";
import { HookLog } from "./hook_log.ts";
import type { AgentsForTests } from "./install.ts";

export const AGENT_CLIS: Readonly<Record<AgentId, AgentCli>> = {
  claude: claudeCli,
  codex: codexCli,
  gemini: geminiCli,
  opencode: opencodeCli,
};

/** @throws {Error} for an agent that is not driven here */
export function cliOf(agent: AgentId): AgentCli {
  const cli = AGENT_CLIS[agent];
  if (cli !== undefined) return cli;
  throw new Error(`No way to drive "${agent}"`);
}

/** Nobody listens at the discard port: what an agent sends elsewhere is refused at once. */
const REFUSING_PROXY = "http://127.0.0.1:9";

export interface LabOptions {
  /** Whether the agents' hooks write to `hooks`. Default: no hooks at all. */
  readonly logHooks?: boolean;
}

/**
 * A home in which all four agents are past their first start and talk to a fake model only, and a
 * tmux server to run them in. Everything in it is gone afterwards.
 */
export class AgentLab implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack;

  private constructor(
    readonly model: FakeModel,
    readonly place: AgentPlace,
    /** The whole environment of an agent, and of nothing else. */
    readonly env: Readonly<Record<string, string>>,
    readonly tmux: AgentTmux,
    readonly hooks: HookLog,
    stack: AsyncDisposableStack,
  ) {
    this.#stack = stack;
  }

  /** @throws {Error} if the agents are not installed */
  static async open(
    agents: AgentsForTests,
    { logHooks = false }: LabOptions = {},
  ): Promise<AgentLab> {
    if (agents.missing !== undefined) throw new Error(`No lab: ${agents.missing}`);
    await using stack = new AsyncDisposableStack();
    const model = stack.use(FakeModel.start());
    // Agents record real paths: a link on the way to the folder would be another folder to them.
    const folder = await Deno.realPath(
      await Deno.makeTempDir({ dir: agents.scratch, prefix: "lab-" }),
    );
    stack.defer(() => removeFolder(folder));
    const place = { home: `${folder}/home`, workspace: `${folder}/work`, modelUrl: model.url };
    await Deno.mkdir(place.home);
    await Deno.mkdir(place.workspace);
    const hooks = await HookLog.open(`${folder}/hooks`);
    for (const cli of Object.values(AGENT_CLIS)) {
      await cli.prepare(place);
      if (logHooks) await cli.registerHook?.(place, hooks.command);
    }
    const env = labEnvironment(agents.bin, place);
    const tmux = stack.use(new AgentTmux(env));
    return new AgentLab(model, place, env, tmux, hooks, stack.move());
  }

  /**
   * For a gateway that starts the agents itself: `env`, and what Deno needs when HOME is not the
   * user's own.
   */
  get hostEnv(): Record<string, string> {
    const cache = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? "."}/.cache`;
    return { ...this.env, DENO_DIR: Deno.env.get("DENO_DIR") ?? `${cache}/deno` };
  }

  /** Resolves when the agent takes a prompt. */
  async start(agent: AgentId, { cwd = this.place.workspace } = {}): Promise<AgentPane> {
    const cli = cliOf(agent);
    const name = `${agent}-${crypto.randomUUID().slice(0, 4)}`;
    const printed = ["-P", "-F", "#{pane_id}"];
    const size = ["-x", "120", "-y", "40"];
    // Without a shell between them the pane's process is the agent itself.
    const command = `exec ${cli.command.join(" ")}`;
    const id = await this.tmux.run(
      ...["new-session", "-d", "-s", name, ...size, "-c", cwd, ...printed, "--", command],
      // Of an agent that ends at once the last words stay to be read.
      ...[";", "set-option", "-t", name, "remain-on-exit", "on"],
    );
    const pane = new AgentPane(cli, this.place, this.tmux, id.trim());
    await pane.sawReady();
    return pane;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack[Symbol.asyncDispose]();
  }
}

function labEnvironment(bin: string, place: AgentPlace): Record<string, string> {
  const own = Object.values(AGENT_CLIS).map((cli) => cli.env(place));
  const proxies = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"].flatMap((name) => [
    [name, REFUSING_PROXY],
    [name.toLowerCase(), REFUSING_PROXY],
  ]);
  return {
    HOME: place.home,
    PATH: `${bin}:${Deno.env.get("PATH") ?? "/usr/bin:/bin"}`,
    SHELL: "/bin/sh",
    LANG: "C.UTF-8",
    TERM: "xterm-256color",
    COLORTERM: "truecolor",
    ...Object.fromEntries(proxies),
    NO_PROXY: "127.0.0.1,localhost",
    no_proxy: "127.0.0.1,localhost",
    ...Object.assign({}, ...own),
  };
}

/** An agent that is being killed may still write for a moment. */
async function removeFolder(folder: string): Promise<void> {
  for (let tries = 0;; tries++) {
    try {
      return await Deno.remove(folder, { recursive: true });
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return;
      if (tries === 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

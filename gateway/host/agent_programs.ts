import { type Agent as WireAgent, type AgentId, ProtocolError } from "@chatcode/protocol";
import type { Agent, Env } from "../agents/agent.ts";
import { agentById, type Agents } from "../agents/agents.ts";
import { HookSettings } from "../hooks/settings_file.ts";
import { pause } from "../pause.ts";
import type { Secrets } from "./secrets.ts";
import { findProgram, known, loginPath } from "./login_shell.ts";

export interface AgentProgramsOptions {
  readonly agents: Agents;
  readonly env: Env;
  /** Holds `hook.sh`. */
  readonly hooksFolder: string;
  readonly secrets: Secrets;
}

/** How an agent is started. */
export interface AgentStart {
  /** As its maker writes it. */
  readonly name: string;
  /** As people know it. */
  readonly command: string[];
  /** The same with the environment that it needs. */
  readonly argv: string[];
}

/** A cold start on a busy machine, in milliseconds. */
const VERSION_LIMIT_MS = 30_000;
/** An answer waits no longer for a version, in milliseconds: the next one has it. */
const VERSION_WAIT_MS = 5_000;
const PATH_KEPT_MS = 60_000;
/** The agents that are installed on this machine, as the user's login shell finds them. */
export class AgentPrograms {
  readonly #options: AgentProgramsOptions;
  /** By path and time of change. */
  readonly #versions = new Map<string, Promise<string | undefined>>();
  #path: { readonly text: Promise<string>; readonly untilMs: number } | undefined;

  constructor(options: AgentProgramsOptions) {
    this.#options = options;
  }

  /** SPEC [AG2]. */
  async list(): Promise<WireAgent[]> {
    return await Promise.all(this.#options.agents.map((agent) => this.#describe(agent)));
  }

  /** @throws ProtocolError AGENT_NOT_FOUND */
  async describe(id: AgentId): Promise<WireAgent> {
    return await this.#describe(this.#agent(id));
  }

  /** `undefined` for an agent without hooks. @throws ProtocolError AGENT_NOT_FOUND */
  hooksOf(id: AgentId): HookSettings | undefined {
    return this.#hooksOf(this.#agent(id));
  }

  /** In `session`. @throws ProtocolError AGENT_NOT_FOUND if it is not installed */
  async start(id: AgentId, resume: string | undefined, session: string): Promise<AgentStart> {
    const agent = this.#agent(id);
    const path = await this.#loginPath();
    const program = findProgram(agent.binary, path);
    if (program === undefined) {
      throw new ProtocolError("AGENT_NOT_FOUND", `${agent.name} is not installed on this machine`);
    }
    if (resume !== undefined && !/^[A-Za-z0-9_][A-Za-z0-9_-]{0,159}$/.test(resume)) {
      throw new ProtocolError("INVALID_REQUEST", "Cannot resume: no such conversation");
    }
    const argvWith = (options: { port?: number }) =>
      resume === undefined ? agent.startArgv(options) : agent.resumeArgv(resume, options);
    const variable = agent.server?.passwordVariable;
    const own = argvWith(variable === undefined ? {} : { port: freePort() });
    // By a file: others can read command lines.
    const guard = variable === undefined ? [] : [
      "sh",
      "-c",
      `${variable}=$(cat "$1") && export ${variable} && shift && exec "$@"`,
      "sh",
      this.#options.secrets.make(session),
    ];
    const unset = Object.keys(agent.env).filter((name) => agent.env[name] === undefined);
    const set = Object.entries(known(agent.env)).map(([name, value]) => `${name}=${value}`);
    return {
      name: agent.name,
      command: argvWith({}),
      argv: [
        ...guard,
        "env",
        ...unset.flatMap((name) => ["-u", name]),
        ...set,
        `PATH=${path}`,
        program,
        ...own.slice(1),
      ],
    };
  }

  #agent(id: AgentId): Agent {
    const agent = agentById(this.#options.agents, id);
    if (agent !== undefined) return agent;
    throw new ProtocolError("AGENT_NOT_FOUND", `No agent "${id}" is known on this machine`);
  }

  #hooksOf(agent: Agent): HookSettings | undefined {
    const { env, hooksFolder } = this.#options;
    return HookSettings.of(agent, { env, folder: hooksFolder });
  }

  async #describe(agent: Agent): Promise<WireAgent> {
    const { env } = this.#options;
    const program = findProgram(agent.binary, await this.#loginPath());
    const version = program === undefined
      ? undefined
      : await unlessLate(this.#version(agent, program));
    const { state } = await agent.loginState(env);
    const signedIn = state === "signed-in" ? "yes" : state === "signed-out" ? "no" : "unknown";
    return {
      id: agent.id,
      name: agent.name,
      installed: program !== undefined,
      ...(version !== undefined && { version: version.slice(0, 64) }),
      signedIn,
      signInCommand: [...agent.signInCommand],
      hooks: this.#hooksOf(agent)?.state() ?? "unsupported",
      slashCommands: [...agent.slashCommands],
    };
  }

  #version(agent: Agent, program: string): Promise<string | undefined> {
    const { mtime } = Deno.statSync(program);
    const key = `${Deno.realPathSync(program)} ${mtime?.getTime()}`;
    const asked = this.#versions.get(key) ?? this.#askVersion(agent, program);
    this.#versions.set(key, asked);
    asked.then((version) => version === undefined && this.#versions.delete(key));
    return asked;
  }

  async #askVersion(agent: Agent, program: string): Promise<string | undefined> {
    try {
      const { stdout } = await new Deno.Command(program, {
        args: [...agent.versionArgs],
        env: { ...known(this.#options.env), PATH: await this.#loginPath() },
        clearEnv: true,
        stdin: "null",
        stderr: "null",
        signal: AbortSignal.timeout(VERSION_LIMIT_MS),
      }).output();
      return agent.versionOf(new TextDecoder().decode(stdout));
    } catch {
      return undefined; // it does not start: the list says so by having no version
    }
  }

  #loginPath(): Promise<string> {
    if (this.#path === undefined || this.#path.untilMs < Date.now()) {
      const text = loginPath(this.#options.env);
      this.#path = { text, untilMs: Date.now() + PATH_KEPT_MS };
    }
    return this.#path.text;
  }
}

/** What is asked for, or nothing if it takes too long; it goes on then. */
async function unlessLate<T>(asked: Promise<T>): Promise<T | undefined> {
  const done = new AbortController();
  const late = pause(VERSION_WAIT_MS, done.signal).then(() => undefined);
  try {
    return await Promise.race([asked, late]);
  } finally {
    done.abort();
  }
}

/** Free now; whoever takes it first has it. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

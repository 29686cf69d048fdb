import { waitFor } from "../../kit/testing/wait_for.ts";
import { readLines } from "../lines.ts";
import { MOCK_TOKEN } from "./mock_relay.ts";

export interface GatewayProcessOptions {
  readonly relayUrl: string;
  readonly token?: string;
  /** On top of what a gateway needs; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly args?: readonly string[];
  /** Default: the gateway's own. */
  readonly main?: string;
  readonly stdin?: string;
  /** Another gateway's home and tmux, to stand in its place. */
  readonly home?: GatewayHome;
}

const MAIN = new URL("../main.ts", import.meta.url).pathname;

/** Folders and a tmux server of one's own, gone afterwards with all that ran in them. */
export class GatewayHome implements AsyncDisposable {
  readonly folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "cc-gw-" }));
  readonly tmuxSocket = `cc-test-${crypto.randomUUID().slice(0, 8)}`;
  readonly stateDir = `${this.folder}/state`;
  readonly workspace = `${this.folder}/workspace`;

  constructor() {
    Deno.mkdirSync(this.workspace);
  }

  env(more: Readonly<Record<string, string | undefined>> = {}): Record<string, string> {
    const env: Record<string, string | undefined> = {
      PATH: Deno.env.get("PATH"),
      DENO_DIR: Deno.env.get("DENO_DIR"),
      // Deno's cache must be found although the home is another.
      XDG_CACHE_HOME: Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`,
      HOME: this.folder,
      SHELL: "/bin/sh",
      ENV: "",
      PS1: "$ ",
      NO_COLOR: "1",
      CHATCODE_GATEWAY_ID: "laptop",
      CHATCODE_STATE_DIR: this.stateDir,
      CHATCODE_WORKSPACE: this.workspace,
      CHATCODE_TMUX_SOCKET: this.tmuxSocket,
      ...more,
    };
    return Object.fromEntries(
      Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
  }

  /** Runs a helper command to its end. */
  async command(
    args: readonly string[],
    env: Readonly<Record<string, string | undefined>> = {},
  ): Promise<{ code: number; stdout: string; stderr: string }> {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", MAIN, ...args],
      env: this.env(env),
      clearEnv: true,
    }).output();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  }

  async tmux(...args: string[]): Promise<string> {
    const { stdout } = await new Deno.Command("tmux", {
      args: ["-L", this.tmuxSocket, ...args],
      env: this.env(),
      clearEnv: true,
    }).output();
    return new TextDecoder().decode(stdout).trimEnd();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.tmux("kill-server");
    await Deno.remove(this.folder, { recursive: true });
  }
}

export interface LogLine {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** `gateway run` as a process of its own. */
export class GatewayProcess implements AsyncDisposable {
  readonly home: GatewayHome;
  readonly log: LogLine[] = [];
  /** Everything it printed. */
  output = "";
  readonly ended: Promise<Deno.CommandStatus>;
  readonly #child: Deno.ChildProcess;
  readonly #ownsHome: boolean;
  readonly #reading: Promise<unknown>;

  constructor(options: GatewayProcessOptions) {
    this.home = options.home ?? new GatewayHome();
    this.#ownsHome = options.home === undefined;
    const env = this.home.env({
      CHATCODE_CP_URL: options.relayUrl,
      CHATCODE_GATEWAY_AUTH_TOKEN: options.token ?? MOCK_TOKEN,
      ...options.env,
    });
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", options.main ?? MAIN, "run", ...(options.args ?? [])],
      env,
      clearEnv: true,
      stdin: options.stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    if (options.stdin !== undefined) {
      ReadableStream.from([options.stdin]).pipeThrough(new TextEncoderStream())
        .pipeTo(this.#child.stdin).catch(() => {}); // it ended without reading
    }
    this.#reading = Promise.all([this.#readLog(), this.#readErrors()]);
    this.ended = this.#reading.then(() => this.#child.status);
  }

  get pid(): number {
    return this.#child.pid;
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** The first log line of that event, when it is there. */
  async logged(event: string): Promise<LogLine> {
    return await waitFor(() => this.log.find((line) => line.event === event), {
      what: `${event} in the log; so far: ${this.output}`,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.ended;
    if (this.#ownsHome) await this.home[Symbol.asyncDispose]();
  }

  async #readLog(): Promise<void> {
    for await (const line of readLines(this.#child.stdout, 1024 * 1024)) {
      this.output += line + "\n";
      this.log.push(JSON.parse(line));
    }
  }

  async #readErrors(): Promise<void> {
    for await (const line of readLines(this.#child.stderr, 1024 * 1024)) this.output += line + "\n";
  }
}

import { RUNTIME_FLAGS } from "../../tools/runtime_flags.ts";
import { Child } from "./child.ts";
import type { GatewayCredentials } from "./relay.ts";
import { entry } from "./root.ts";

export interface GatewayOptions extends GatewayCredentials {
  /** Where it dials: a relay's URL, or a proxy's before it. */
  readonly url: string;
  readonly tmuxSocket: string;
  readonly stateDir: string;
  readonly workspace: string;
  /** The user's whole environment. Default: this process's own, with a plain shell. */
  readonly hostEnv?: Readonly<Record<string, string>>;
  /** Logs more, to be read after a failure. Default: false. */
  readonly verbose?: boolean;
}

/** A shell that looks the same on every machine. */
const PLAIN_SHELL = { SHELL: "/bin/sh", PS1: "$ ", ENV: "" };

/** A real gateway process; killed and started again it keeps its state folder and tmux server. */
export class Gateway implements AsyncDisposable {
  readonly #options: GatewayOptions;
  #child: Child;

  private constructor(options: GatewayOptions) {
    this.#options = options;
    this.#child = launch(options);
  }

  /** Resolves when the relay has accepted it. */
  static async start(options: GatewayOptions): Promise<Gateway> {
    const gateway = new Gateway(options);
    try {
      await gateway.#accepted();
      return gateway;
    } catch (error) {
      await gateway.kill();
      throw error;
    }
  }

  get child(): Child {
    return this.#child;
  }

  get pid(): number {
    return this.#child.pid;
  }

  async kill(): Promise<void> {
    await this.#child.kill();
  }

  /** Starts it anew after it was killed or stopped. Resolves when it is accepted. */
  async startAgain(): Promise<void> {
    this.#child = launch(this.#options);
    await this.#accepted();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stop();
  }

  async #accepted(): Promise<void> {
    await this.#child.event("uplink.accepted");
  }
}

function launch(options: GatewayOptions): Child {
  const { id, token, url, tmuxSocket, stateDir, workspace, hostEnv, verbose = false } = options;
  return new Child("gateway", {
    args: ["run", "-A", ...RUNTIME_FLAGS, entry("gateway/main.ts"), "run", "--gateway-id", id]
      .concat("--cp-url", url, verbose ? ["--verbose"] : []),
    env: {
      CHATCODE_GATEWAY_AUTH_TOKEN: token,
      CHATCODE_TMUX_SOCKET: tmuxSocket,
      CHATCODE_STATE_DIR: stateDir,
      CHATCODE_WORKSPACE: workspace,
      ...hostEnv ?? PLAIN_SHELL,
    },
    clearEnv: hostEnv !== undefined,
  });
}

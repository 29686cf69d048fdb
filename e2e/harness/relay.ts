import { RUNTIME_FLAGS } from "../../tools/runtime_flags.ts";
import { Child, type OutputLine } from "./child.ts";
import { entry } from "./root.ts";

export interface GatewayCredentials {
  readonly id: string;
  readonly token: string;
}

/** A real relay process with a data folder; killed and started again it keeps port and data. */
export class Relay implements AsyncDisposable {
  readonly #flags: readonly string[];
  #child: Child;

  private constructor(
    child: Child,
    readonly data: string,
    readonly port: number,
    flags: readonly string[],
  ) {
    this.#child = child;
    this.#flags = flags;
  }

  /** @param options.data a folder; the caller removes it */
  static async start(
    options: { data: string; port?: number; flags?: readonly string[] },
  ): Promise<Relay> {
    const { data, port = 0, flags = [] } = options;
    const child = launch(data, port, flags);
    try {
      const ready = await child.event("relay.ready");
      return new Relay(child, data, Number(ready.port), flags);
    } catch (error) {
      await child.kill();
      throw error;
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
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

  /** Starts it anew on the same port and data, after it was killed or stopped. */
  async startAgain(): Promise<void> {
    this.#child = launch(this.data, this.port, this.#flags);
    await this.#child.event("relay.ready");
  }

  async createGateway(name: string): Promise<GatewayCredentials> {
    const { id, token } = await this.admin("create-gateway", "--name", name);
    return { id: String(id), token: String(token) };
  }

  async createApiToken(name = "e2e"): Promise<string> {
    return String((await this.admin("create-api-token", "--name", name)).token);
  }

  async signInLink(): Promise<string> {
    return String((await this.admin("sign-in-link")).url);
  }

  /** @throws {Error} with what the command wrote, if it fails */
  async admin(command: string, ...args: string[]): Promise<OutputLine> {
    const child = new Child(`admin ${command}`, {
      args: ["run", "-A", entry("relay/main.ts"), "admin", command, ...args, "--json"]
        .concat("--data", this.data),
    });
    const { success } = await child.ended();
    const answer = child.lines.find((line) => line.text === undefined);
    if (!success || answer === undefined) throw new Error(`${child.name}: ${child.tail()}`);
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stop();
  }
}

function launch(data: string, port: number, flags: readonly string[]): Child {
  const args = ["run", "-A", ...RUNTIME_FLAGS, entry("relay/main.ts"), "--host", "127.0.0.1"];
  return new Child("relay", { args: [...args, "--port", `${port}`, "--data", data, ...flags] });
}

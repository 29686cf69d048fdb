import { z } from "zod";
import { type GatewayIdentity, gatewayIdentity } from "./gateway_identity.ts";

/** The running relay said no, or did not answer. */
export class RelayAdminError extends Error {
  override readonly name = "RelayAdminError";
  constructor(command: string, why: string, options?: ErrorOptions) {
    super(`Cannot run "relay admin ${command}": ${why}`, options);
  }
}

const signInLink = z.object({ url: z.url() });

/** The admin commands of the relay that runs on `dataDir`. */
export class RelayAdmin {
  readonly #main: string;
  readonly #dataDir: string;

  /** @param main the path of relay/main.ts */
  constructor(main: string, dataDir: string) {
    this.#main = main;
    this.#dataDir = dataDir;
  }

  /** @throws {RelayAdminError} */
  async createGateway(name: string): Promise<GatewayIdentity> {
    return await this.#call("create-gateway", gatewayIdentity, ["--name", name]);
  }

  /** A one-time link that signs a browser in. @throws {RelayAdminError} */
  async createSignInLink(): Promise<string> {
    return (await this.#call("sign-in-link", signInLink)).url;
  }

  async #call<S extends z.ZodType>(
    command: string,
    schema: S,
    args: readonly string[] = [],
  ): Promise<z.infer<S>> {
    const place = ["--json", "--data", this.#dataDir];
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", this.#main, "admin", command, ...args, ...place],
      stdin: "null",
    }).output();
    const [answer, words] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim());
    if (!success) throw new RelayAdminError(command, words || answer || "it said nothing");
    try {
      return schema.parse(JSON.parse(answer ?? ""));
    } catch (cause) {
      // The answer may hold a token: it is not repeated.
      throw new RelayAdminError(command, "its answer is not what was agreed", { cause });
    }
  }
}

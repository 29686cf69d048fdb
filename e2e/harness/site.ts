import { waitFor } from "../../kit/testing/wait_for.ts";
import { CutProxy } from "./cut_proxy.ts";
import { Gateway } from "./gateway.ts";
import { PaneTmux } from "./pane_tmux.ts";
import { Relay } from "./relay.ts";
import { WireClient } from "./wire_client.ts";

export interface SiteOptions {
  /** Puts a proxy between gateway and relay. Default: false. */
  readonly gatewayProxy?: boolean;
  /** Puts a proxy between browsers and relay, under whose address people reach it. Default: false. */
  readonly browserProxy?: boolean;
}

/** One relay, one machine's gateway and its private tmux server, in a folder that is removed. */
export class Site implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack;

  private constructor(
    stack: AsyncDisposableStack,
    readonly folder: string,
    readonly relay: Relay,
    readonly gateway: Gateway,
    readonly tmux: PaneTmux,
    readonly host: string,
    /** Of an API token that may do everything. */
    readonly apiToken: string,
    /** Between gateway and relay. */
    readonly gatewayProxy: CutProxy | undefined,
    /** Between browsers and relay. */
    readonly browserProxy: CutProxy | undefined,
  ) {
    this.#stack = stack;
  }

  static async start(options: SiteOptions = {}): Promise<Site> {
    await using stack = new AsyncDisposableStack();
    const folder = await Deno.makeTempDir({ prefix: "cc-e2e-" });
    stack.defer(() => Deno.remove(folder, { recursive: true }));
    for (const name of ["data", "state", "workspace"]) await Deno.mkdir(`${folder}/${name}`);
    const tmux = stack.use(new PaneTmux());
    const browserProxy = options.browserProxy ? stack.use(CutProxy.start()) : undefined;
    const flags = browserProxy ? ["--public-url", browserProxy.url] : [];
    const relay = stack.use(await Relay.start({ data: `${folder}/data`, flags }));
    if (browserProxy) browserProxy.targetPort = relay.port;
    const credentials = await relay.createGateway("workstation");
    const apiToken = await relay.createApiToken();
    const gatewayProxy = options.gatewayProxy ? stack.use(CutProxy.start(relay.port)) : undefined;
    const gateway = stack.use(
      await Gateway.start({
        ...credentials,
        url: gatewayProxy?.url ?? relay.url,
        tmuxSocket: tmux.socketName,
        stateDir: `${folder}/state`,
        workspace: `${folder}/workspace`,
      }),
    );
    return new Site(
      stack.move(),
      folder,
      relay,
      gateway,
      tmux,
      credentials.id,
      apiToken,
      gatewayProxy,
      browserProxy,
    );
  }

  /** Where people reach it. */
  get url(): string {
    return this.browserProxy?.url ?? this.relay.url;
  }

  get workspace(): string {
    return `${this.folder}/workspace`;
  }

  /** A headless client, past hello, with the machine online. */
  async client(url = this.relay.url): Promise<WireClient> {
    const client = await WireClient.open({ url, token: this.apiToken });
    try {
      await waitFor(async () => {
        const { hosts } = await client.request("hosts.list", {});
        return hosts.some((host) => host.id === this.host && host.online);
      }, { what: "the machine to be online" });
      return client;
    } catch (error) {
      await client[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

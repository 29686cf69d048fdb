import { silentLog } from "@chatcode/kit";
import type { HostId, Session } from "@chatcode/protocol";
import type { Agents } from "../agents/agents.ts";
import { type Config, readConfig } from "../config.ts";
import { type Gateway, startGateway, type StopRequest } from "../gateway.ts";
import { GatewayHome } from "./gateway_process.ts";
import type { MockGateway } from "./mock_gateway.ts";
import { MOCK_TOKEN, MockRelay } from "./mock_relay.ts";
import { MockViewer, type MockViewerOptions } from "./mock_viewer.ts";

export interface GatewayLabOptions {
  /** Default: every agent there is. */
  readonly agents?: Agents;
  readonly promptTimeoutMs?: number;
  /** On top of the home's environment. */
  readonly env?: (folder: string) => Readonly<Record<string, string>>;
  /** Puts things into the home before the gateway starts. */
  readonly prepare?: (folder: string) => void;
}

/** A whole gateway in this process, connected to a mock relay, on folders and tmux of its own. */
export class GatewayLab implements AsyncDisposable {
  readonly stopRequests: StopRequest[] = [];
  #gateway: Gateway | undefined;

  private constructor(
    readonly home: GatewayHome,
    readonly relay: MockRelay,
    readonly config: Config,
    readonly options: GatewayLabOptions,
    public link: MockGateway,
  ) {}

  static async open(options: GatewayLabOptions = {}): Promise<GatewayLab> {
    const home = new GatewayHome();
    const relay = new MockRelay();
    options.prepare?.(home.folder);
    const config = readConfig({}, {
      ...home.env(options.env?.(home.folder)),
      CHATCODE_CP_URL: relay.url,
      CHATCODE_GATEWAY_AUTH_TOKEN: MOCK_TOKEN,
    });
    const lab = new GatewayLab(home, relay, config, options, undefined as never);
    try {
      await lab.start();
      return lab;
    } catch (thrown) {
      await lab[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  async start(): Promise<void> {
    const { agents, promptTimeoutMs } = this.options;
    this.#gateway = await startGateway(this.config, {
      log: silentLog,
      startedAtMs: Date.now(),
      requestStop: (request) => void this.stopRequests.push(request),
      ...(agents !== undefined && { agents }),
      ...(promptTimeoutMs !== undefined && { promptTimeoutMs }),
    });
    this.link = await this.relay.gateway();
  }

  async stop(): Promise<void> {
    await this.#gateway?.stop({ reason: "test" });
    this.#gateway = undefined;
  }

  /** Loses the connection and waits for the next. */
  async reconnect(): Promise<void> {
    this.link.close("shutdown");
    this.link = await this.relay.gateway();
  }

  async session(command: string[] = [], more: { title?: string } = {}): Promise<Session> {
    const idempotencyKey = crypto.randomUUID();
    const params = { host: this.config.gatewayId as HostId, command, ...more };
    return (await this.link.request("sessions.start", params, { idempotencyKey })).session;
  }

  attach(session: Session, options: MockViewerOptions): Promise<MockViewer> {
    return MockViewer.attach(this.link, session.id, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.relay[Symbol.asyncDispose]();
    await this.home[Symbol.asyncDispose]();
  }
}

import { hostId, type SessionId } from "@chatcode/protocol";
import { waitFor } from "../../../kit/testing/wait_for.ts";
import { installCommand } from "../../../relay/install_command.ts";
import { type GatewayCredentials, Relay } from "../../harness/relay.ts";
import { WireClient } from "../../harness/wire_client.ts";
import { WireTerminal } from "../../harness/wire_terminal.ts";
import { Container, type RunOptions, type RunResult } from "./container.ts";
import { Releases } from "./releases.ts";

export interface InstallLabOptions {
  /** Lower folders of the container's overlay. */
  readonly lower: readonly string[];
}

/** A relay and a server of releases on this machine, and a container to install into. */
export class InstallLab implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack;

  private constructor(
    stack: AsyncDisposableStack,
    readonly relay: Relay,
    readonly releases: Releases,
    readonly container: Container,
    readonly credentials: GatewayCredentials,
    readonly client: WireClient,
  ) {
    this.#stack = stack;
  }

  static async open({ lower }: InstallLabOptions): Promise<InstallLab> {
    await using stack = new AsyncDisposableStack();
    const releases = stack.use(await Releases.open());
    await releases.make();
    const relay = stack.use(await Relay.start({ data: `${releases.folder}/relay` }));
    const credentials = await relay.createGateway("server");
    const token = await relay.createApiToken();
    const client = stack.use(await WireClient.open({ url: relay.url, token }));
    const container = stack.use(await Container.boot(lower));
    return new InstallLab(stack.move(), relay, releases, container, credentials, client);
  }

  /** What a person pastes, as the relay's page shows it, with flags of one's own behind. */
  command(
    flags = "",
    { token = this.credentials.token, releaseUrl = this.releases.url } = {},
  ): string {
    const id = hostId.parse(this.credentials.id);
    const publicUrl = new URL(this.relay.url);
    return `${installCommand({ id, token, publicUrl, releaseUrl: new URL(releaseUrl) })} ${flags}`;
  }

  async install(flags = "--no-agents", options: RunOptions = {}): Promise<RunResult> {
    return await this.container.sh(this.command(flags), { limitMs: 600_000, ...options });
  }

  /** @throws {Error} with what it wrote, unless it succeeds */
  async mustInstall(flags?: string): Promise<RunResult> {
    const end = await this.install(flags);
    if (end.code === 0) return end;
    throw new Error(`The install ended with ${end.code}: ${end.stdout}${end.stderr}`);
  }

  async isOnline(): Promise<boolean> {
    const { hosts } = await this.client.request("hosts.list", {});
    return hosts.some(({ id, online }) => id === this.credentials.id && online);
  }

  async online(deadlineMs = 90_000): Promise<void> {
    await waitFor(() => this.isOnline(), { what: "the gateway to be online", deadlineMs });
  }

  /** A new session on the machine, as a browser opens it. */
  async startSession(): Promise<SessionId> {
    const host = hostId.parse(this.credentials.id);
    const { session } = await this.client.request("sessions.start", { host });
    return session.id;
  }

  async attach(session: string): Promise<WireTerminal> {
    return await WireTerminal.attach(this.client, { host: this.credentials.id, session });
  }

  /** Types a line and waits for what it prints. */
  async type(session: string, line: string, answer: string): Promise<void> {
    await using terminal = await this.attach(session);
    terminal.write(`${line}\r`);
    await terminal.read(answer, 30_000);
  }

  /** The process that a unit's main process is, seen from inside the container; 0: none. */
  async mainPid(unit: string): Promise<number> {
    return Number(await this.container.must(`systemctl show -p MainPID --value ${unit}`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

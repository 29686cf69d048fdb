import type { AgentId } from "@chatcode/protocol";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { Gateway } from "../harness/gateway.ts";
import { Relay } from "../harness/relay.ts";
import { WireClient } from "../harness/wire_client.ts";
import { AgentPane } from "./agent_pane.ts";
import { AgentTmux } from "./agent_tmux.ts";
import { FollowedSession } from "./followed_session.ts";
import type { AgentsForTests } from "./install.ts";
import { AgentLab, cliOf } from "./lab.ts";

/** OpenCode tells by its own server what others tell by hooks. */
const HOOKED: readonly AgentId[] = ["claude", "codex", "gemini"];
/** A cold start on a busy machine, in milliseconds. */
const START_LIMIT_MS = 180_000;

export interface AgentSiteOptions {
  /** Whether our hooks are in the agents' settings, where they have any. Default: false. */
  readonly hooks?: boolean;
  /** More flags for the relay. */
  readonly relayFlags?: readonly string[];
}

/** The whole product around a lab: a relay, a gateway that starts the lab's agents, a client. */
export class AgentSite implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack;

  private constructor(
    stack: AsyncDisposableStack,
    readonly lab: AgentLab,
    /** The gateway's own server, in which the agents run. */
    readonly tmux: AgentTmux,
    readonly relay: Relay,
    readonly gateway: Gateway,
    readonly client: WireClient,
    readonly host: string,
  ) {
    this.#stack = stack;
  }

  /** @throws {Error} if the agents are not installed */
  static async open(
    agents: AgentsForTests,
    { hooks = false, relayFlags = [] }: AgentSiteOptions = {},
  ): Promise<AgentSite> {
    await using stack = new AsyncDisposableStack();
    const lab = stack.use(await AgentLab.open(agents));
    const folder = await Deno.makeTempDir({ prefix: "cc-e2e-" });
    stack.defer(() => Deno.remove(folder, { recursive: true }));
    for (const name of ["data", "state"]) await Deno.mkdir(`${folder}/${name}`);
    const relay = stack.use(await Relay.start({ data: `${folder}/data`, flags: relayFlags }));
    const credentials = await relay.createGateway("workstation");
    const token = await relay.createApiToken();
    const tmux = stack.use(new AgentTmux(lab.env));
    const gateway = stack.use(
      await Gateway.start({
        ...credentials,
        url: relay.url,
        tmuxSocket: tmux.socketName,
        stateDir: `${folder}/state`,
        workspace: lab.place.workspace,
        hostEnv: lab.hostEnv,
        verbose: true,
      }),
    );
    const client = stack.use(await WireClient.open({ url: relay.url, token }));
    const host = credentials.id;
    await untilOnline(client, host);
    for (const agent of hooks ? HOOKED : []) {
      await client.request("agents.change-hooks", { host, agent, action: "install" });
    }
    return new AgentSite(stack.move(), lab, tmux, relay, gateway, client, host);
  }

  get model() {
    return this.lab.model;
  }

  get workspace(): string {
    return this.lab.place.workspace;
  }

  /**
   * Starts an agent by the product, to go on with the conversation `resume` if there is one. Resolves
   * when it takes a prompt, by its own status.
   */
  async start(agent: AgentId, resume?: string): Promise<FollowedSession> {
    const { client, host } = this;
    return await this.started(agent, async () => {
      const { session } = await client.request("sessions.start", {
        host,
        agent: { id: agent, ...(resume !== undefined && { resume }) },
      });
      return session.id;
    });
  }

  /** As `start()`; `begin` starts it, by whatever way, and gives the session's id. */
  async started(agent: AgentId, begin: () => Promise<string>): Promise<FollowedSession> {
    const { client, host } = this;
    const told = FollowedSession.listen(client, host);
    try {
      const id = await begin();
      const { sessions } = await client.request("sessions.list", { host });
      const session = sessions.find((each) => each.id === id);
      if (session === undefined) throw new Error(`There is no session ${id}`);
      told.follow(session);
      await this.#answerStartQuestions(agent, session.id);
      await told.until(
        (now) => now.agent === agent && now.status === "idle",
        `${agent} to be idle`,
        START_LIMIT_MS,
      );
      return this.#stack.use(told);
    } catch (error) {
      throw new Error(`${agent} did not start. ${await this.evidence()}`, {
        cause: error,
      });
    }
  }

  /** The first process in the session's pane: it leads the group of all that the agent started. */
  async leader(session: FollowedSession): Promise<number> {
    return Number(await this.tmux.run("list-panes", "-t", `=${session.id}`, "-F", "#{pane_pid}"));
  }

  /** As the user does at the terminal: Codex asks whether new hooks are to be trusted. */
  async #answerStartQuestions(agent: AgentId, session: string): Promise<void> {
    const pane = await this.tmux.run("list-panes", "-t", `=${session}`, "-F", "#{pane_id}");
    const cli = cliOf(agent);
    await new AgentPane(cli, this.lab.place, this.tmux, pane.trim()).sawReady();
  }

  /** What the agents' screens show now, for a failure's message. */
  async screens(): Promise<string> {
    try {
      const panes = await this.tmux.run("list-panes", "-a", "-F", "#{pane_id} #{pane_title}");
      const shown = panes.split("\n").filter((line) => line !== "").map(async (line) => {
        const screen = await this.tmux.run("capture-pane", "-p", "-t", line.split(" ")[0] ?? "");
        return `${line}\n${screen.replace(/\n{3,}/g, "\n\n")}`;
      });
      return (await Promise.all(shown)).join("\n");
    } catch (error) {
      return String(error);
    }
  }

  /** For a failure's message: the screens, and what the gateway wrote last. */
  async evidence(): Promise<string> {
    return `The screens:\n${await this
      .screens()}\nThe gateway wrote:\n${this.gateway.child.tail()}`;
  }

  /** SIGKILL now; `startAgain()` of the gateway brings it back. */
  async killGateway(): Promise<void> {
    await this.gateway.kill();
  }

  async startGatewayAgain(): Promise<void> {
    await this.gateway.startAgain();
    await untilOnline(this.client, this.host);
  }

  /** All records of all conversations of the agent, oldest file first. */
  async records(agent: AgentId): Promise<unknown[]> {
    const cli = cliOf(agent);
    const paths = await cli.transcripts(this.lab.place);
    const texts = await Promise.all(paths.map((path) => cli.readTranscript(path)));
    return texts.join("\n").split("\n").flatMap((line) => {
      try {
        return [JSON.parse(line)];
      } catch {
        return []; // being written
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

async function untilOnline(client: WireClient, host: string): Promise<void> {
  await waitFor(async () => {
    const { hosts } = await client.request("hosts.list", {});
    return hosts.some(({ id, online }) => id === host && online);
  }, { what: "the machine to be online", deadlineMs: 60_000, everyMs: 50 });
}

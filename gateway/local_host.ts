import type { Log } from "@chatcode/kit";
import type { BytesFrame, CreditFrame, Frame, ReqFrame } from "@chatcode/protocol";
import { AGENTS, type Agents } from "./agents/agents.ts";
import { Channels } from "./channels.ts";
import type { Config } from "./config.ts";
import { Answering, replyByServer } from "./conversations/answering.ts";
import { Conversations } from "./conversations/conversations.ts";
import { ExitError } from "./exit_status.ts";
import { FileChannels } from "./files/file_channels.ts";
import { Jail } from "./files/jail.ts";
import { Uploads } from "./files/uploads.ts";
import { hooksFolder, Spool } from "./hooks/spool.ts";
import { AgentPrograms } from "./host/agent_programs.ts";
import { Secrets } from "./host/secrets.ts";
import { dataFolder } from "./host/data_folder.ts";
import { readHostFacts } from "./host/facts.ts";
import { HostReport } from "./host_report.ts";
import { Idempotency } from "./idempotency.ts";
import { fileMethods, relayFileMethods } from "./methods/files.ts";
import { folderMethods } from "./methods/folders.ts";
import { agentMethods } from "./methods/agents.ts";
import { conversationMethods } from "./methods/conversations.ts";
import { hostMethods } from "./methods/hosts.ts";
import { sessionMethods } from "./methods/sessions.ts";
import { channelMethods, historyMethods } from "./methods/terminal.ts";
import { openFfiPty } from "./pane/ffi_pty.ts";
import { Panes } from "./pane/panes.ts";
import { Prompts } from "./prompts/prompts.ts";
import { TypedBook } from "./prompts/typed_book.ts";
import { Typist } from "./prompts/typist.ts";
import { Requests } from "./requests.ts";
import { SessionWatch } from "./session_watch.ts";
import { SessionBook } from "./session_book.ts";
import { Screens } from "./tmux/screens.ts";
import { adoptSessions } from "./tmux/adopt.ts";
import { TmuxError } from "./tmux/error.ts";
import { openTmux, type Tmux } from "./tmux/server.ts";
import type { TmuxSessions } from "./tmux/sessions.ts";
import { protocolErrorOf } from "./tmux_failure.ts";
import type { Uplink } from "./uplink.ts";
import { ViewerSeats } from "./viewer_seats.ts";
import { wireSession } from "./wire_session.ts";
import type { Workspace } from "./workspace.ts";

export interface LocalHostOptions {
  readonly config: Config;
  readonly workspace: Workspace;
  readonly uplink: Uplink;
  readonly log: Log;
  /** Default: every agent there is. */
  readonly agents?: Agents;
  /** Default: `PROMPT_TIMEOUT_MS`. */
  readonly promptTimeoutMs?: number;
}

/** tmux notifications after which a session may look different. */
const TELLING = /^(sessions-changed|session-renamed|client-session-changed|client-detached)$/;

/** This machine as the relay drives it: its sessions, their viewers, and what answers requests. */
export class LocalHost implements AsyncDisposable {
  readonly watch: SessionWatch;
  readonly channels: Channels;
  readonly files: FileChannels;
  readonly report: HostReport;
  readonly conversations: Conversations;
  /** For the control socket, which has no channels. */
  readonly localRequests: Requests;
  readonly tmuxVersion: string;
  readonly #requests: Requests;
  readonly #uplink: Uplink;
  readonly #seats: ViewerSeats;
  readonly #stack: AsyncDisposableStack;
  /** Of the connection by which requests come. */
  #connection = new AbortController();
  #tmuxReady = true;
  #server: Promise<string> | undefined;

  private constructor(
    options: LocalHostOptions,
    { tmux, sessions }: { tmux: Tmux; sessions: TmuxSessions },
    { jail, uploads }: { jail: Jail; uploads: Uploads },
    stack: AsyncDisposableStack,
  ) {
    const { config, workspace, uplink, log, agents = AGENTS } = options;
    const host = config.gatewayId;
    this.#uplink = uplink;
    this.#stack = stack;
    this.tmuxVersion = tmux.version.text;
    this.#seats = new ViewerSeats(openFfiPty);
    const panes = stack.use(new Panes({ tmux, sessions, openPty: this.#seats.openPty }));
    const book = SessionBook.open(
      `${dataFolder(config.environment)}/sessions-${config.tmuxSocket}.json`,
      { host, log },
    );
    const watch = this.watch = stack.use(
      new SessionWatch({
        host,
        log,
        list: async () => {
          const server = this.#server ??= tmux.identity();
          const identity = await server.catch((error) => {
            this.#server = undefined;
            throw error;
          });
          const list = await sessions.list();
          if (this.#server !== server) throw new Error("Another tmux server came in between");
          const known = await this.conversations.annotate(
            list.map((session) => ({ tmux: session, wire: wireSession(host, session) })),
          );
          return book.withLost(known, identity);
        },
        onChange: () => this.report.sessionsChanged(),
      }),
    );
    const screens = new Screens(tmux.control);
    const secrets = new Secrets(`${config.stateDir}/conversations`);
    this.conversations = stack.use(
      Conversations.open({
        host,
        agents,
        folder: `${config.stateDir}/conversations`,
        env: config.environment,
        log,
        connected: () => uplink.connected,
        sendTurn: (payload) => uplink.sendEvent("turn", payload),
        sendApproval: (payload) => uplink.sendEvent("approval", payload),
        onChange: () => watch.poke(),
        screen: (pane) => screens.text(pane),
        titles: () => screens.titles(),
        secrets,
      }),
    );
    stack.use(openSpool(config, this.conversations, log));
    const facts = readHostFacts({ tmuxVersion: this.tmuxVersion, workspace: workspace.root });
    this.report = stack.use(new HostReport({ host, facts, watch, uplink }));
    this.channels = new Channels({
      uplink,
      log,
      attach: async (session, attach) => {
        this.#seats.check();
        return await panes.attach(session, attach).catch((thrown) => {
          throw protocolErrorOf(thrown, { watch, id: session });
        });
      },
    });
    this.files = new FileChannels({ uplink, jail, uploads, log });
    const folderOf = (session: string | undefined) =>
      session === undefined ? workspace.root : watch.get(session)?.cwd ?? workspace.root;
    const screen = (pane: string) => screens.text(pane);
    const typist = new Typist(tmux.commands);
    const answering = new Answering({ typist, screen, reply: replyByServer });
    const programs = new AgentPrograms({
      agents,
      env: config.environment,
      hooksFolder: hooksFolder(config.environment),
      secrets,
    });
    const local = {
      ...agentMethods(programs),
      ...conversationMethods({
        conversations: this.conversations,
        prompts: new Prompts({
          typist,
          screen,
          ...(options.promptTimeoutMs !== undefined && { timeoutMs: options.promptTimeoutMs }),
          book: TypedBook.open(`${config.stateDir}/conversations/prompts.json`, log),
        }),
        answering,
        watch,
        workspace,
      }),
      ...hostMethods,
      ...folderMethods(workspace),
      ...fileMethods(jail, folderOf),
      ...sessionMethods({ host, sessions, watch, workspace, programs, book }),
      ...historyMethods(tmux.commands, watch),
    };
    const idempotency = new Idempotency(); // one for both doors
    this.localRequests = new Requests({ hostId: host, methods: local, log, idempotency });
    this.#requests = new Requests({
      hostId: host,
      methods: {
        ...local,
        ...channelMethods(this.channels, watch),
        ...relayFileMethods(this.files, uploads, folderOf),
      },
      log,
      idempotency,
    });
    stack.use(tmux.control.subscribe((news) => {
      if (news.type !== "notification") this.#tmuxReady = news.type === "ready";
      // It may be another server that comes back.
      if (news.type === "lost") this.#server = undefined;
      if (news.type !== "lost" && (news.type === "ready" || TELLING.test(news.name))) watch.poke();
    }));
  }

  /** Starts tmux's server if need be, and takes up what runs in it. @throws ExitError tmux */
  static async open(options: LocalHostOptions): Promise<LocalHost> {
    const { config, log } = options;
    await using stack = new AsyncDisposableStack();
    try {
      const tmux = stack.use(
        await openTmux({
          socketName: config.tmuxSocket,
          serverIsService: config.tmuxServer === "service",
          confPath: `${config.stateDir}/tmux.conf`,
          env: config.environment,
        }),
      );
      const { sessions, found } = await adoptSessions(tmux);
      stack.use(sessions);
      const files = await openFiles(options);
      stack.use(files.uploads);
      const host = new LocalHost(options, { tmux, sessions }, files, stack.move());
      await host.watch.look();
      log.debug("sessions.adopted", { count: found.length });
      return host;
    } catch (thrown) {
      if (!(thrown instanceof TmuxError)) throw thrown;
      throw new ExitError("tmux", thrown.message, { cause: thrown });
    }
  }

  get tmuxReady(): boolean {
    return this.#tmuxReady;
  }

  /** Viewers that have a tmux client now, connected or in their time of grace. */
  get viewers(): number {
    return this.#seats.taken;
  }

  accepted(): void {
    this.#connection = new AbortController();
    this.report.accepted();
    this.conversations.connected();
  }

  lost(): void {
    this.#connection.abort();
    this.channels.unbindAll();
    this.files.endAll();
    this.report.lost();
  }

  bytes(frame: BytesFrame): void {
    if (frame.kind === "upload") return this.files.bytes(frame);
    this.files.typed();
    this.channels.input(frame);
  }

  credit(frame: CreditFrame): void {
    this.channels.credit(frame);
    this.files.credit(frame);
  }

  answer(frame: ReqFrame): void {
    const { signal } = this.#connection;
    this.#requests.answer(frame, {
      signal,
      principal: "relay",
      // An answer for a connection that is gone means nothing on the next.
      respond: (answer) => signal.aborted ? undefined : this.#uplink.send(answer as Frame),
    });
  }

  /** Viewers go, sessions stay. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.lost();
    await this.#stack.disposeAsync();
  }
}

async function openFiles({ config, workspace, log }: LocalHostOptions) {
  const realPath = (path: string) => Deno.realPath(path).catch(() => path);
  const home = config.environment["HOME"];
  const jail = new Jail({
    workspace: workspace.root,
    home: home === undefined ? undefined : await realPath(home),
    stateDir: await realPath(config.stateDir),
  });
  return { jail, uploads: await Uploads.open({ jail, folder: `${config.stateDir}/uploads`, log }) };
}

/** Without a place for hooks, agents are followed by their files alone. */
function openSpool(config: Config, conversations: Conversations, log: Log): AsyncDisposable {
  try {
    return Spool.open({
      folder: hooksFolder(config.environment),
      tmuxSocket: config.tmuxSocket,
      onCall: (call) => conversations.hook(call),
      log,
    });
  } catch (error) {
    log.warn("hooks.unavailable", { error });
    return new AsyncDisposableStack();
  }
}

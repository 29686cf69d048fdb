import type { Log } from "@chatcode/kit";
import type { Agents } from "./agents/agents.ts";
import type { Config } from "./config.ts";
import { ControlClient, controlPath } from "./control_client.ts";
import { ControlSocket } from "./control_socket.ts";
import { ExitError } from "./exit_status.ts";
import type { GatewayHealth, GatewayStatus } from "./gateway_status.ts";
import { LocalHost } from "./local_host.ts";
import { acquireLock } from "./lock.ts";
import { ownAnswerer, type OwnMethods } from "./own_methods.ts";
import { prepareStateDir } from "./state_dir.ts";
import { Uplink } from "./uplink.ts";
import { GATEWAY_VERSION } from "./version.ts";
import { Workspace } from "./workspace.ts";

export interface StopRequest {
  readonly reason: string;
  /** When to expect the gateway back, in milliseconds. */
  readonly restartInMs?: number;
}

export interface GatewayOptions {
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly startedAtMs: number;
  /** A helper asked the gateway to stop. */
  readonly requestStop: (request: StopRequest) => void;
  /** Default: every agent there is. */
  readonly agents?: Agents;
  /** The relay has accepted the gateway, at the start or again. */
  readonly onAccepted?: () => void;
  /** A connection that was accepted is gone. */
  readonly onLost?: () => void;
  /** How long a prompt may take to arrive, in milliseconds. Default: `PROMPT_TIMEOUT_MS`. */
  readonly promptTimeoutMs?: number;
}

export interface Gateway {
  /** Rejects with an ExitError when dialling again is of no use; never resolves. */
  readonly failed: Promise<never>;
  /** Says so to the relay first, detaches viewers, leaves sessions running. Safe twice. */
  stop(request: StopRequest): Promise<void>;
}

/**
 * What is returned runs: it dials already while tmux is being opened, since both take a moment.
 * @throws ExitError usage, tmux, alreadyRunning
 */
export async function startGateway(config: Config, options: GatewayOptions): Promise<Gateway> {
  const { log, agents, promptTimeoutMs } = options;
  await using stack = new AsyncDisposableStack();
  prepareStateDir(config.stateDir);
  stack.use(
    await acquireLock(config.stateDir, {
      force: config.force,
      askToStop: () => askToStop(config.stateDir),
    }),
  );
  const workspace = openWorkspace(config.workspace);

  const opening = Promise.withResolvers<LocalHost>();
  // Set before the hello goes out, and so before anything else can come.
  const late: { host?: LocalHost } = {};
  const uplink = new Uplink({
    url: config.relayUrl,
    gatewayId: config.gatewayId,
    token: config.token,
    startedAtMs: options.startedAtMs,
    log,
    peer: {
      hello: async () => (await opening.promise).report.hello(),
      accepted: () => {
        late.host?.accepted();
        options.onAccepted?.();
      },
      lost: () => {
        late.host?.lost();
        options.onLost?.();
      },
      bytes: (frame) => late.host?.bytes(frame),
      credit: (frame) => late.host?.credit(frame),
      fileEnd: (frame) => late.host?.files.ended(frame),
      request: (frame) => late.host?.answer(frame),
      turnAck: (frame) => late.host?.conversations.acknowledged(frame.session, frame.outbox),
    },
  });
  const failed = uplink.run().then(() => new Promise<never>(() => {}));
  failed.catch(() => {}); // whoever runs the gateway looks at it
  stack.defer(() => uplink.stop("failed to start"));

  const host = stack.use(
    await LocalHost.open({
      ...{ config, workspace, uplink, log },
      ...(agents !== undefined && { agents }),
      ...(promptTimeoutMs !== undefined && { promptTimeoutMs }),
    }),
  );
  late.host = host;
  opening.resolve(host);

  const own = ownMethods({ config, options, uplink, host });
  stack.use(
    ControlSocket.open(controlPath(config.stateDir), {
      log,
      answer: ownAnswerer(own, host.localRequests, log),
    }),
  );
  log.info("gateway.started", {
    gatewayId: config.gatewayId,
    version: GATEWAY_VERSION,
    tmux: host.tmuxVersion,
    sessions: host.watch.sessions.length,
  });
  const running = stack.move();
  return {
    failed,
    async stop({ reason, restartInMs }) {
      await uplink.stop(reason, restartInMs);
      await running.disposeAsync();
    },
  };
}

interface Running {
  readonly config: Config;
  readonly options: GatewayOptions;
  readonly uplink: Uplink;
  readonly host: LocalHost;
}

function ownMethods({ config, options, uplink, host }: Running): OwnMethods {
  return {
    status: (): GatewayStatus => ({
      gatewayId: config.gatewayId,
      pid: Deno.pid,
      version: GATEWAY_VERSION,
      startedAtMs: Math.round(options.startedAtMs),
      tmuxVersion: host.tmuxVersion,
      workspace: config.workspace,
      relayUrl: config.relayUrl,
      uplink: uplink.status,
      sessions: host.watch.sessions.length,
      viewers: host.viewers,
      channels: host.channels.size,
    }),
    health: (): GatewayHealth => {
      const { rttMs } = uplink.status;
      return {
        ok: uplink.connected && host.tmuxReady,
        relay: uplink.connected ? "connected" : "disconnected",
        tmux: host.tmuxReady ? "ready" : "lost",
        sessions: host.watch.sessions.length,
        viewers: host.viewers,
        uptimeMs: Math.round(Date.now() - options.startedAtMs),
        rssBytes: Deno.memoryUsage().rss,
        ...(rttMs !== undefined && { rttMs }),
      };
    },
    stop: (reason, restartInMs) =>
      options.requestStop({ reason, ...(restartInMs !== undefined && { restartInMs }) }),
  };
}

async function askToStop(stateDir: string): Promise<void> {
  using client = await ControlClient.connect(stateDir);
  await client.call("gateway.stop", { reason: "another gateway takes over", restartInMs: 1_000 });
}

function openWorkspace(path: string): Workspace {
  try {
    return Workspace.open(path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ExitError("usage", `Cannot use the workspace "${path}": ${why}`, { cause });
  }
}

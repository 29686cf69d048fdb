import { DeadlineError } from "../../kit/mod.ts";
import { RUNTIME_FLAGS } from "../runtime_flags.ts";
import { EXIT_STATUS } from "../../gateway/exit_status.ts";
import { Child, type ChildEnd, ChildEndedError } from "./child.ts";
import { type GatewayIdentity, loadIdentity, saveIdentity } from "./gateway_identity.ts";
import { LocalGateway } from "./local_gateway.ts";
import { LogFile } from "./log_file.ts";
import type { StartOptions } from "./options.ts";
import { RelayAdmin, RelayAdminError } from "./relay_admin.ts";

/** The relay builds its pages on the first start, which takes a while on a slow machine. */
const RELAY_READY_MS = 120_000;
const GATEWAY_ACCEPTED_MS = 60_000;

export interface Stack extends AsyncDisposable {
  /** A one-time link that signs a browser in. */
  readonly signInUrl: string;
  readonly port: number;
  readonly relayPid: number;
  readonly gatewayId: string;
  readonly gatewayPid: number;
  readonly logs: readonly string[];
  /** Resolves when the relay is gone; the gateway alone may come back. */
  readonly ended: Promise<ChildEnd>;
}

export interface StackPlaces {
  /** The project's folder. */
  readonly root: string;
  readonly tell: (line: string) => void;
}

/**
 * Starts a relay and a gateway that it accepts, each in a process of its own. Disposing stops
 * both; the sessions stay in tmux, and the next start on the same data finds them.
 * @throws {ChildEndedError} if one of them ends instead
 * @throws {DeadlineError} if one of them is not ready in time
 * @throws {RelayAdminError}
 */
export async function startStack(
  options: StartOptions,
  { root, tell }: StackPlaces,
  signal: AbortSignal,
): Promise<Stack> {
  await using stack = new AsyncDisposableStack();
  const { dataDir } = options;
  await Deno.mkdir(dataDir, { recursive: true, mode: 0o700 });
  const logTo = (name: string) => {
    const log = stack.use(new LogFile(`${dataDir}/${name}.log`));
    const onLine = (line: string) => {
      log.write(line);
      if (options.verbose) tell(`${name} | ${line}`);
    };
    return { path: log.path, onLine };
  };
  const [relayLog, gatewayLog] = [logTo("relay"), logTo("gateway")];
  const verbose = options.verbose ? ["--verbose"] : [];

  const relayMain = `${root}/relay/main.ts`;
  const address = ["--host", "127.0.0.1", "--port", String(options.port)];
  const relay = stack.use(
    new Child({
      name: "relay",
      args: [
        "run",
        "--allow-all",
        ...RUNTIME_FLAGS,
        relayMain,
        ...address,
        "--data",
        dataDir,
        ...options.telegramTokenFile ? ["--telegram-token-file", options.telegramTokenFile] : [],
        ...verbose,
      ],
      onLine: relayLog.onLine,
    }),
  );
  const port = Number((await until(signal, relay.event("relay.ready", RELAY_READY_MS))).port);
  const admin = new RelayAdmin(relayMain, dataDir);

  const startGateway = async ({ id, token }: GatewayIdentity) => {
    await using attempt = new AsyncDisposableStack();
    const gateway = attempt.use(
      new LocalGateway({
        tell,
        child: {
          name: "gateway",
          args: [
            "run",
            "--allow-all",
            ...RUNTIME_FLAGS,
            `${root}/gateway/main.ts`,
            "run",
            ...verbose,
          ],
          env: {
            ...await gatewayPlaces(options),
            CHATCODE_GATEWAY_ID: id,
            CHATCODE_GATEWAY_AUTH_TOKEN: token,
            CHATCODE_CP_URL: `http://127.0.0.1:${port}`,
          },
          onLine: gatewayLog.onLine,
        },
      }),
    );
    await until(signal, gateway.accepted(GATEWAY_ACCEPTED_MS));
    attempt.move();
    return { id, gateway: stack.use(gateway) };
  };
  const startNewGateway = async () => {
    const identity = await admin.createGateway("local");
    await saveIdentity(dataDir, identity);
    return await startGateway(identity);
  };
  const known = await loadIdentity(dataDir);
  const { id, gateway } = known === undefined
    ? await startNewGateway()
    : await startGateway(known).catch((error) => {
      // Its machine was removed, or the relay's data is new: this one is to be added again.
      if (!isRefused(error)) throw error;
      tell("The relay does not know this gateway any more: adding it again");
      return startNewGateway();
    });
  let stopping = false;
  gateway.ended.then(({ status, why }) => {
    if (!stopping) tell(`The gateway is gone for good (status ${status}): ${why}`);
  });

  const signInUrl = await admin.createSignInLink();
  const running = stack.move();
  return {
    signInUrl,
    port,
    relayPid: relay.pid,
    gatewayId: id,
    get gatewayPid() {
      return gateway.pid;
    },
    logs: [relayLog.path, gatewayLog.path],
    ended: relay.ended,
    [Symbol.asyncDispose]() {
      stopping = true;
      return running.disposeAsync();
    },
  };
}

function isRefused(error: unknown): boolean {
  return error instanceof ChildEndedError && error.end.status === EXIT_STATUS.refused;
}

/** What ended the start, in one line for people; `undefined` for a fault of ours. */
export function startFailure(error: unknown): { status: number; why: string } | undefined {
  if (error instanceof ChildEndedError) {
    return { status: error.end.status || 1, why: error.message };
  }
  const expected = error instanceof DeadlineError || error instanceof RelayAdminError;
  return expected ? { status: 1, why: error.message } : undefined;
}

/** Data of its own means a gateway of its own: another start on this machine is left alone. */
async function gatewayPlaces({ dataDir, ownData }: StartOptions): Promise<Record<string, string>> {
  if (ownData) return {};
  const name = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(dataDir));
  const places: Record<string, string> = {
    CHATCODE_STATE_DIR: `${dataDir}/gateway`,
    CHATCODE_TMUX_SOCKET: `chatcode-${new Uint8Array(name).toHex().slice(0, 12)}`,
  };
  for (const variable of Object.keys(places)) {
    if (Deno.env.get(variable)) delete places[variable];
  }
  return places;
}

/** @throws the signal's reason as soon as it aborts */
async function until<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

import type { Log } from "@chatcode/kit";
import { withDeadline } from "@chatcode/kit";
import { KvError } from "../kv/kv_error.ts";
import {
  type AdminCommand,
  adminCommand,
  AdminError,
  type AdminServices,
  runAdminCommand,
} from "./command.ts";
import { type AdminReply, readLine, SOCKET_FILE, writeLine } from "./line.ts";

/** Connections served at once; further ones are closed. */
const MAX_CONNECTIONS = 8;

/** How long one connection may take, in milliseconds. */
const CONNECTION_MS = 10_000;

/** What fits into a socket's address on every system we run on, in bytes. */
const MAX_SOCKET_PATH = 103;

/**
 * Takes admin commands over a Unix socket in the data folder, mode 600: one JSON line in, one out.
 * So that scripts need not open the store, which only one process may. The caller holds the
 * folder's lock, hence a socket file that is there already is a dead one. A path that is too long
 * for a socket is logged, and the relay then goes without.
 */
export async function startAdminSocket(
  services: AdminServices,
  dataDir: string,
  log: Log,
): Promise<AsyncDisposable> {
  const path = `${dataDir}/${SOCKET_FILE}`;
  if (new TextEncoder().encode(path).length > MAX_SOCKET_PATH) {
    log.error("admin.no_socket", { reason: "the data folder's path is too long", path });
    return { [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  await Deno.remove(path).catch(() => {});
  const listener = listenPrivately(path);
  const open = new Map<Deno.UnixConn, Promise<void>>();
  const accepting = (async () => {
    for await (const conn of listener) {
      if (open.size >= MAX_CONNECTIONS) {
        conn.close();
        continue;
      }
      const serving = withDeadline(serve(conn, services, log), CONNECTION_MS, "an admin command")
        .catch((error) => log.debug("admin.connection_failed", { error }))
        .finally(() => {
          open.delete(conn);
          close(conn);
        });
      open.set(conn, serving);
    }
  })().catch((error) => log.error("admin.socket_failed", { error }));
  return {
    async [Symbol.asyncDispose]() {
      close(listener);
      await accepting;
      for (const conn of open.keys()) close(conn);
      await Promise.all(open.values());
      await Deno.remove(path).catch(() => {});
    },
  };
}

async function serve(conn: Deno.UnixConn, services: AdminServices, log: Log): Promise<void> {
  const parsed = adminCommand.safeParse(await readLine(conn));
  if (!parsed.success) {
    await writeLine(conn, {
      ok: false,
      code: "INVALID_REQUEST",
      message: "Cannot read the command",
    });
    return;
  }
  await writeLine(conn, await replyTo(parsed.data, services, log));
}

async function replyTo(
  command: AdminCommand,
  services: AdminServices,
  log: Log,
): Promise<AdminReply> {
  try {
    return { ok: true, result: await runAdminCommand(services, command) };
  } catch (error) {
    if (error instanceof AdminError || error instanceof KvError) {
      return { ok: false, code: error.code, message: error.message };
    }
    log.error("admin.command_failed", { command: command.command, error });
    return { ok: false, code: "FAILED", message: "Cannot do that: the relay logged why" };
  }
}

/** Nobody else can connect between the making of the socket and its `chmod`. */
function listenPrivately(path: string): Deno.UnixListener {
  const before = Deno.umask(0o177);
  try {
    return Deno.listen({ transport: "unix", path });
  } finally {
    Deno.umask(before);
  }
}

function close(resource: { close(): void }): void {
  try {
    resource.close();
  } catch {
    // The other end or a deadline was faster.
  }
}

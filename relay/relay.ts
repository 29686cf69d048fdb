import { type Clock, type Log, systemClock, withDeadline } from "@chatcode/kit";
import { startAdminSocket } from "./admin/admin_socket.ts";
import { Attention } from "./attention.ts";
import { openAuth } from "./auth/auth.ts";
import { type Config, publicUrlOf } from "./config.ts";
import { ConversationFeed } from "./conversation_feed.ts";
import { UploadGate } from "./files/upload_gate.ts";
import { Uploads } from "./files/uploads.ts";
import { HostList } from "./host_list.ts";
import { openStore } from "./kv/open.ts";
import { Operations } from "./operations.ts";
import { PreviewGate } from "./previews/preview_gate.ts";
import { Previews } from "./previews/previews.ts";
import { openPush } from "./push/push.ts";
import { Roster } from "./roster.ts";
import { type Handler, router } from "./router.ts";
import { RouteTable } from "./routes/route_table.ts";
import type { ServerFacts } from "./server_facts.ts";
import { ClientGate } from "./sockets/client_gate.ts";
import { HostGate } from "./sockets/host_gate.ts";
import type { HostSocket } from "./sockets/host_socket.ts";
import { UsageBook } from "./usage/usage_book.ts";
import { RELAY_VERSION } from "./version.ts";
import { Voice } from "./voice/voice.ts";
import { type WebServices, webServices } from "./web_services.ts";

/** A running relay. Disposing it drains: sockets are told and closed, the port is freed. */
export interface Relay extends AsyncDisposable {
  readonly publicUrl: URL;
  readonly port: number;
  readonly server: ServerFacts;
}

export interface RelayOptions {
  readonly log: Log;
  readonly clock?: Clock;
  /** Makes the handler for everything that is not the relay's own. */
  mountWeb(services: WebServices): Promise<Handler>;
}

/** Deno Deploy kills 5 s after SIGINT: what still streams then is cut off. In milliseconds. */
export const DRAIN_MS = 3_000;

/**
 * Wires and starts the relay. The port listens first, because with `--port 0` the public URL, which
 * sign-in depends on, is known only then; until all is up it answers 503.
 *
 * @throws {KvError} if the store cannot be opened; {Deno.errors.AddrInUse} if the port is taken
 */
export async function startRelay(config: Config, options: RelayOptions): Promise<Relay> {
  const { log, clock = systemClock } = options;
  const server: ServerFacts = {
    name: "chatcode-relay",
    version: RELAY_VERSION,
    instance: crypto.randomUUID(),
  };
  await using stack = new AsyncDisposableStack();
  const store = stack.use(
    await openStore(config.store, { log }),
  );

  let handle: Handler = () => new Response("Starting", { status: 503 });
  let draining = false;
  const http = Deno.serve({
    port: config.port,
    hostname: config.host,
    automaticCompression: true,
    onListen: () => {},
    onError: (error) => {
      log.error("http.failed", { error });
      return new Response("Internal error", { status: 500 });
    },
  }, (req, info) => handle(req, info));
  stack.defer(async () => {
    // An unfinished streaming response would hold shutdown() for ever: the process's end cuts it.
    await withDeadline(http.shutdown(), DRAIN_MS, "open requests").catch((error: unknown) => {
      log.warn("http.not_drained", { error });
    });
  });

  const publicUrl = publicUrlOf(config, http.addr.port);
  const auth = stack.use(await openAuth(store, { publicUrl, clock, log }));
  const roster = new Roster(clock);
  const hostList = stack.use(
    await HostList.start({ hosts: auth.hosts, store, roster, clock, log }),
  );
  const routes = stack.use(
    new RouteTable<HostSocket>({ store, clock, log, instanceId: server.instance }),
  );
  const { maxBufferedBytes, maxHosts, maxClients } = config.limits;
  const conversations = new ConversationFeed();
  const attention = new Attention();
  const usage = new UsageBook(store, clock);
  const operations = new Operations({ roster, log, hostSocket: (id) => routes.local(id) });
  const previews = await Previews.open({
    store,
    auth,
    operations,
    origin: (config.previewOrigin ?? publicUrl).origin,
    clock,
    log,
  });
  const uploads = new Uploads({ operations, clock });
  const common = { auth, roster, conversations, usage, clock, log, server };
  const hosts = new HostGate({
    ...common,
    store,
    routes,
    limits: { maxBufferedBytes, maxHosts },
  });
  const clients = new ClientGate({
    ...common,
    attention,
    operations,
    previews,
    limits: { maxBufferedBytes, maxClients },
  });
  const push = stack.use(
    await openPush({
      store,
      auth,
      roster,
      conversations,
      attention,
      publicUrl,
      allowLoopback: config.allowLoopbackPush,
      clock,
      log,
    }),
  );
  const voice = new Voice(config.voice, { clock, log });
  // Loaded only where there is a bot: grammY and the formatting are not small.
  const telegram = config.telegram && stack.use(
    await (await import("./telegram/telegram.ts")).openTelegram({
      config: config.telegram,
      store,
      auth,
      operations,
      roster,
      conversations,
      attention,
      usage,
      voice,
      files: uploads,
      previews,
      publicUrl,
      instance: server.instance,
      isAlone: config.store.kind !== "default",
      clock,
      log,
    }),
  );
  const web = await options.mountWeb(webServices({
    auth,
    hosts: hostList,
    usage,
    push,
    voice,
    telegram,
    publicUrl,
    previewOrigin: config.previewOrigin,
    releaseUrl: config.releaseUrl,
    version: server.version,
    trustedProxies: config.trustedProxies,
  }));
  if (config.dataDir !== null) {
    stack.use(await startAdminSocket({ auth, hosts: hostList, telegram }, config.dataDir, log));
  }
  handle = router({
    clients,
    hosts,
    uploads: new UploadGate({ uploads, auth, log }),
    previews: stack.use(
      new PreviewGate({ previews, operations, auth, pages: publicUrl.origin, clock, log }),
    ),
    previewOrigin: config.previewOrigin,
    web,
    server,
    trustedProxies: config.trustedProxies,
    ready: async () => !draining && await store.answers(),
  });
  stack.defer(() => {
    draining = true;
    clients.close("The relay restarts");
    hosts.close("The relay restarts");
  });
  const running = stack.move();
  return {
    publicUrl,
    port: http.addr.port,
    server,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

import { silentLog, systemClock } from "@chatcode/kit";
import { type FrameOf, type HostId, type Session, sessionId } from "@chatcode/protocol";
import { Attention } from "../attention.ts";
import { openAuth } from "../auth/auth.ts";
import { ADMIN } from "../auth/principal.ts";
import { ConversationFeed } from "../conversation_feed.ts";
import { UploadGate } from "../files/upload_gate.ts";
import { Uploads } from "../files/uploads.ts";
import { HostList } from "../host_list.ts";
import type { Role } from "../kv/keys.ts";
import { openStore } from "../kv/open.ts";
import { Operations } from "../operations.ts";
import { PreviewGate } from "../previews/preview_gate.ts";
import { Previews } from "../previews/previews.ts";
import { Roster } from "../roster.ts";
import { router } from "../router.ts";
import { RouteTable } from "../routes/route_table.ts";
import type { ServerFacts } from "../server_facts.ts";
import { ClientGate } from "../sockets/client_gate.ts";
import { HostGate } from "../sockets/host_gate.ts";
import type { HostSocket } from "../sockets/host_socket.ts";
import { UsageBook } from "../usage/usage_book.ts";
import { Peer } from "./peer.ts";

/** The relay's sockets on a real port and a real store, without the web app. */
export async function openSockets(limits: { maxClients?: number; maxHosts?: number } = {}) {
  await using stack = new AsyncDisposableStack();
  const log = silentLog;
  const clock = systemClock;
  const server: ServerFacts = { name: "chatcode-relay", version: "0.1.0", instance: "i-test" };
  const store = stack.use(await openStore({ kind: "memory" }));
  const http = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (req, info) => handle(req, info),
  );
  stack.defer(() => http.shutdown());
  const origin = `http://127.0.0.1:${http.addr.port}`;
  const auth = stack.use(await openAuth(store, { publicUrl: new URL(origin), clock, log }));
  const roster = new Roster(clock);
  const hostList = stack.use(
    await HostList.start({ hosts: auth.hosts, store, roster, clock, log }),
  );
  const routes = stack.use(
    new RouteTable<HostSocket>({ store, clock, log, instanceId: server.instance }),
  );
  const maxBufferedBytes = 8 * 1024 * 1024;
  const conversations = new ConversationFeed();
  const attention = new Attention();
  const usage = new UsageBook(store, clock);
  const operations = new Operations({ roster, log, hostSocket: (id) => routes.local(id) });
  const previews = await Previews.open({ store, auth, operations, origin, clock, log });
  const uploads = new Uploads({ operations, clock });
  const common = { auth, roster, conversations, usage, clock, log, server };
  const hosts = new HostGate({
    ...common,
    store,
    routes,
    limits: { maxBufferedBytes, maxHosts: limits.maxHosts ?? 10 },
  });
  const clients = new ClientGate({
    ...common,
    attention,
    operations,
    previews,
    limits: { maxBufferedBytes, maxClients: limits.maxClients ?? 10 },
  });
  stack.defer(() => {
    clients.close("test over");
    hosts.close("test over");
  });
  const handle = router({
    clients,
    hosts,
    uploads: new UploadGate({ uploads, auth, log }),
    previews: stack.use(
      new PreviewGate({ previews, operations, auth, pages: origin, clock, log }),
    ),
    previewOrigin: null,
    server,
    trustedProxies: 0,
    ready: () => Promise.resolve(true),
    web: () => new Response("Not found", { status: 404 }),
  });

  const link = await auth.signInLinks.create(ADMIN);
  const use = await auth.signInLinks.use(new URL(link.url).hash.slice(1), "test");
  if (use.state !== "signed_in") throw new Error("The first link must sign in");
  const { account } = use;
  const url = origin.replace("http", "ws");
  // Disposed first: no socket is left behind, on either side, when a test ends.
  const peers = new Set<Peer>();
  stack.defer(async () => {
    await Promise.all([...peers].map(async (peer) => {
      peer.close();
      await peer.closed;
    }));
  });
  const dial = async (path: string, headers: Record<string, string>) => {
    const peer = await Peer.dial(`${url}${path}`, headers);
    peers.add(peer);
    return peer;
  };
  const running = stack.move();

  return {
    dial,
    auth,
    account,
    roster,
    operations,
    usage,
    conversations,
    previews,
    uploads,
    attention,
    store,
    origin,
    url,
    async apiToken(role: Role = "owner") {
      const created = await auth.apiTokens.create(account, { name: "test", role }, ADMIN);
      if (created.state !== "done") throw new Error("No token");
      return created;
    },
    /** A client that has said hello. */
    async client(role: Role = "owner") {
      return await this.clientBy((await this.apiToken(role)).token);
    },
    async clientBy(token: string) {
      const peer = await dial("/ws", { authorization: `Bearer ${token}` });
      peer.send(operatorHello);
      const ok = await peer.next("hello-ok");
      return { peer, ok };
    },
    async registerHost(name = "box") {
      const created = await auth.hosts.create(name, ADMIN);
      if (created.state !== "done") throw new Error("No host");
      await hostList.refresh();
      return { id: created.host.id, token: created.token };
    },
    /** A gateway that has said hello. */
    async host(credentials: { id: HostId; token: string }, sessions: Session[] = []) {
      const peer = await dial("/gw/connect", hostHeaders(credentials));
      peer.send(hostHello(sessions));
      await peer.next("hello-ok");
      return peer;
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

export const operatorHello: FrameOf<"hello"> = {
  type: "hello",
  minProtocol: 1,
  maxProtocol: 1,
  client: { name: "test", version: "1", role: "operator" },
  caps: [],
};

export function hostHello(sessions: Session[] = []): FrameOf<"hello"> {
  return {
    ...operatorHello,
    client: { name: "test-gateway", version: "1", role: "host" },
    host: {
      facts: {
        bootId: "b-12345678",
        hostname: "box",
        os: "linux",
        arch: "x86_64",
        gatewayVersion: "1",
        tmuxVersion: "3.3a",
        workspace: "/w",
        startedAtMs: 1,
      },
      load: {
        average: [0, 0, 0],
        cores: 1,
        memoryUsedBytes: 1,
        memoryTotalBytes: 2,
      },
      sessions,
    },
  };
}

export function hostHeaders({ id, token }: { id: string; token: string }) {
  return { authorization: `Bearer ${token}`, "x-chatcode-gateway": id };
}

export function testSession(host: HostId, name = "s_1"): Session {
  return {
    id: sessionId.parse(name),
    host,
    title: name,
    command: [],
    cwd: "/w",
    status: "idle",
    foreground: "bash",
    cols: 80,
    rows: 24,
    viewers: 0,
    createdAtMs: 1,
    activeAtMs: 1,
  };
}

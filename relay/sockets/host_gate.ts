import type { Clock, Log } from "@chatcode/kit";
import { events, HOST_MAX_PAYLOAD_BYTES, methods, ProtocolError } from "@chatcode/protocol";
import type { Auth } from "../auth/auth.ts";
import type { ConversationFeed } from "../conversation_feed.ts";
import { type HostRow, rows } from "../kv/keys.ts";
import type { Store } from "../kv/store.ts";
import type { Roster } from "../roster.ts";
import type { RouteTable } from "../routes/route_table.ts";
import type { ServerFacts } from "../server_facts.ts";
import type { UsageBook } from "../usage/usage_book.ts";
import { greet, helloOk } from "./hello.ts";
import { HostSocket } from "./host_socket.ts";
import { policyFor } from "./policy.ts";
import { admitHost, type Knock, refusal } from "./upgrade.ts";

export interface HostGateParts {
  readonly auth: Auth;
  readonly store: Store;
  readonly roster: Roster;
  readonly conversations: ConversationFeed;
  readonly usage: UsageBook;
  readonly routes: RouteTable<HostSocket>;
  readonly clock: Clock;
  readonly log: Log;
  readonly server: ServerFacts;
  readonly limits: { readonly maxHosts: number; readonly maxBufferedBytes: number };
}

/** `/gw/connect`: lets gateways in, enters them in the route table, and keeps their sockets. */
export class HostGate {
  readonly #parts: HostGateParts;
  readonly #sockets = new Set<HostSocket>();
  /** Upgraded sockets, those without a hello yet included. */
  #upgraded = 0;
  #closing = false;

  constructor(parts: HostGateParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#sockets.size;
  }

  async knock(knock: Knock): Promise<Response> {
    const { auth, limits } = this.#parts;
    if (this.#closing || this.#upgraded >= limits.maxHosts) {
      return refusal(new ProtocolError("UNAVAILABLE", "Cannot connect: the relay is full"));
    }
    const admission = await admitHost(auth, knock);
    if (admission.state === "refused") return admission.response;
    const { socket, response } = Deno.upgradeWebSocket(knock.req);
    void this.#welcome(socket, admission.host, admission.credential);
    return response;
  }

  /** Tells every gateway, then closes its socket. */
  close(reason: string): void {
    this.#closing = true;
    const { stateVersion } = this.#parts.roster;
    for (const socket of [...this.#sockets]) socket.shutdown(reason, stateVersion);
  }

  async #welcome(socket: WebSocket, row: HostRow, credential: string): Promise<void> {
    const { auth, clock, conversations, limits, roster, routes, server, usage } = this.#parts;
    const log = this.#parts.log.child({ host: row.id });
    const maxBufferedBytes = limits.maxBufferedBytes;
    const options = { clock, log, maxBufferedBytes, maxPayloadBytes: HOST_MAX_PAYLOAD_BYTES };
    this.#upgraded++;
    const greeted = await greet(socket, "host", options);
    const report = greeted?.hello.host;
    if (!greeted || !report || this.#closing) {
      this.#upgraded--;
      return greeted?.socket.close("shutdown");
    }
    const registrations = new DisposableStack();
    const host = new HostSocket(row.id, greeted.socket, {
      roster,
      conversations,
      usage,
      clock,
      log,
      onClosed: (closed) => {
        this.#upgraded--;
        this.#sockets.delete(closed);
        registrations.dispose();
        log.info("host.disconnected");
      },
    });
    this.#sockets.add(host);
    // Disposed last: by then this socket has left the table, and a newer one may be in it.
    registrations.defer(() => {
      if (routes.local(row.id) === undefined) roster.offline(row.id);
    });
    registrations.use(auth.onEnded({ credential, expiresAtMs: null }, () => host.close("revoked")));
    // The newest connection is the true one: an older socket may be half dead, or another machine's.
    registrations.use(routes.enter(row.id, host, { onReplaced: () => host.close("replaced") }));
    roster.register(row.id, row.name);
    roster.online(row.id, report.facts, report.load, report.sessions);
    greeted.socket.send(helloOk({
      protocol: greeted.protocol,
      server,
      atMs: clock.now(),
      features: { methods: Object.keys(methods), events: Object.keys(events) },
      policy: policyFor({ maxPayload: HOST_MAX_PAYLOAD_BYTES, maxBufferedBytes }),
    }));
    log.info("host.connected", { version: report.facts.gatewayVersion });
    await this.#parts.store.set(rows.hostSeen(row.id), {
      seenAtMs: clock.now(),
      facts: report.facts,
    }).catch((error: unknown) => log.warn("host.not_noted", { error }));
  }
}

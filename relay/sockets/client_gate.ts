import type { Clock, Log } from "@chatcode/kit";
import {
  CLIENT_MAX_PAYLOAD_BYTES,
  events,
  methods,
  ProtocolError,
  TICK_INTERVAL_MS,
} from "@chatcode/protocol";
import type { Attention } from "../attention.ts";
import type { Auth } from "../auth/auth.ts";
import type { Principal } from "../auth/principal.ts";
import type { ConversationFeed } from "../conversation_feed.ts";
import type { Operations } from "../operations.ts";
import type { Previews } from "../previews/previews.ts";
import type { Roster } from "../roster.ts";
import type { ServerFacts } from "../server_facts.ts";
import type { UsageBook } from "../usage/usage_book.ts";
import { ClientSocket } from "./client_socket.ts";
import { greet, helloOk } from "./hello.ts";
import { policyFor } from "./policy.ts";
import { admitClient, type Knock, refusal } from "./upgrade.ts";

export interface ClientGateParts {
  readonly auth: Auth;
  readonly roster: Roster;
  readonly conversations: ConversationFeed;
  readonly attention: Attention;
  readonly usage: UsageBook;
  readonly clock: Clock;
  readonly log: Log;
  readonly server: ServerFacts;
  readonly operations: Operations;
  readonly previews: Previews;
  readonly limits: { readonly maxClients: number; readonly maxBufferedBytes: number };
}

/** `/ws`: lets clients in and keeps their sockets until they or we leave. */
export class ClientGate {
  readonly #parts: ClientGateParts;
  readonly #sockets = new Set<ClientSocket>();
  /** Upgraded sockets, those without a hello yet included. */
  #upgraded = 0;
  #ticking: Disposable | undefined;
  #closing = false;

  constructor(parts: ClientGateParts) {
    this.#parts = parts;
    this.#scheduleTick();
  }

  get size(): number {
    return this.#sockets.size;
  }

  async knock(knock: Knock): Promise<Response> {
    const { auth, limits } = this.#parts;
    if (this.#closing || this.#upgraded >= limits.maxClients) {
      return refusal(new ProtocolError("UNAVAILABLE", "Cannot connect: the relay is full"));
    }
    const admission = await admitClient(auth, knock);
    if (admission.state === "refused") return admission.response;
    const { socket, response } = Deno.upgradeWebSocket(knock.req);
    void this.#welcome(socket, admission.principal);
    return response;
  }

  /** Tells everybody, then closes every socket. */
  close(reason: string): void {
    this.#closing = true;
    this.#ticking?.[Symbol.dispose]();
    for (const socket of [...this.#sockets]) socket.shutdown(reason);
  }

  async #welcome(socket: WebSocket, principal: Principal): Promise<void> {
    const { auth, clock, server, limits } = this.#parts;
    const log = this.#parts.log.child({ client: principal.via.id });
    const maxBufferedBytes = limits.maxBufferedBytes;
    const options = { clock, log, maxBufferedBytes, maxPayloadBytes: CLIENT_MAX_PAYLOAD_BYTES };
    this.#upgraded++;
    const greeted = await greet(socket, "operator", options);
    if (!greeted || this.#closing) {
      this.#upgraded--;
      return greeted?.socket.close("shutdown");
    }
    const client = new ClientSocket(principal, greeted.socket, {
      ...this.#parts,
      log,
      onClosed: (closed) => {
        this.#upgraded--;
        this.#sockets.delete(closed);
        ended[Symbol.dispose]();
      },
    });
    this.#sockets.add(client);
    const ended = auth.onEnded(principal, (reason) => {
      log.info("client.ended", { reason });
      const byToken = principal.via.kind === "api_token" && reason === "revoked";
      client.close(byToken ? "revoked" : "unauthorized");
    });
    greeted.socket.send(helloOk({
      protocol: greeted.protocol,
      server,
      atMs: clock.now(),
      features: { methods: Object.keys(methods), events: Object.keys(events) },
      snapshot: client.snapshot(),
      policy: policyFor({ maxPayload: CLIENT_MAX_PAYLOAD_BYTES, maxBufferedBytes }),
    }));
    log.debug("client.connected", { name: greeted.hello.client.name });
  }

  #scheduleTick(): void {
    this.#ticking = this.#parts.clock.setTimer(() => {
      for (const socket of this.#sockets) socket.tick(this.#parts.clock.now());
      this.#scheduleTick();
    }, TICK_INTERVAL_MS);
  }
}

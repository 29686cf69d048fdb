import { clientAddress } from "./auth/client_address.ts";
import type { ClientGate } from "./sockets/client_gate.ts";
import type { HostGate } from "./sockets/host_gate.ts";
import type { ServerFacts } from "./server_facts.ts";

export type Handler = (req: Request, info: Deno.ServeHandlerInfo) => Response | Promise<Response>;

export interface RouterParts {
  readonly clients: ClientGate;
  readonly hosts: HostGate;
  readonly web: Handler;
  readonly server: ServerFacts;
  readonly trustedProxies: number;
  /** Whether the store answers and the relay is not on its way out. */
  ready(): Promise<boolean>;
}

/** The relay's own addresses; everything else is the web app's. */
export function router(parts: RouterParts): Handler {
  return async (req, info) => {
    // Headers and address are read here: after an upgrade they are gone.
    const address = clientAddress(req, info.remoteAddr, parts.trustedProxies);
    switch (new URL(req.url).pathname) {
      case "/ws":
        return await parts.clients.knock({ req, address });
      case "/gw/connect":
        return await parts.hosts.knock({ req, address });
      case "/healthz":
        return status(200, { status: "ok", ...parts.server });
      case "/readyz":
        return await parts.ready()
          ? status(200, { status: "ready" })
          : status(503, { status: "not ready" });
      default:
        return await parts.web(req, info);
    }
  };
}

function status(code: number, body: Record<string, string>): Response {
  return Response.json(body, { status: code, headers: { "cache-control": "no-store" } });
}

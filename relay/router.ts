import { clientAddress } from "./auth/client_address.ts";
import { UploadGate } from "./files/upload_gate.ts";
import type { PreviewGate } from "./previews/preview_gate.ts";
import type { ClientGate } from "./sockets/client_gate.ts";
import type { HostGate } from "./sockets/host_gate.ts";
import type { ServerFacts } from "./server_facts.ts";

export type Handler = (req: Request, info: Deno.ServeHandlerInfo) => Response | Promise<Response>;

export interface RouterParts {
  readonly clients: ClientGate;
  readonly hosts: HostGate;
  readonly uploads: UploadGate;
  readonly previews: PreviewGate;
  /** Where links to files lead, if that is an origin of its own. */
  readonly previewOrigin: URL | null;
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
    const { host, pathname } = new URL(req.url);
    const isPreview = pathname.startsWith("/p/");
    if (parts.previewOrigin !== null && isPreview !== (host === parts.previewOrigin.host)) {
      // On that origin there is nothing else, and elsewhere there are no files.
      if (!PROBES.has(pathname)) return new Response("Not found\n", { status: 404 });
    }
    if (isPreview) return await parts.previews.knock({ req, address });
    if (UploadGate.isFor(pathname)) return await parts.uploads.knock({ req, address });
    switch (pathname) {
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

/** What looks after the relay may ask by any name. */
const PROBES = new Set(["/healthz", "/readyz"]);

function status(code: number, body: Record<string, string>): Response {
  return Response.json(body, { status: code, headers: { "cache-control": "no-store" } });
}

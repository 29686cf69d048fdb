import { mountWeb } from "../mount.ts";
import { MemoryServices } from "./memory_services.ts";
import { PlayedHost } from "./played_host.ts";

/** The app on a free port, over services in memory and a played machine, until disposed. */
export async function serveApp(options: { port?: number } = {}): Promise<
  AsyncDisposable & { origin: string; services: MemoryServices; host: PlayedHost }
> {
  const host = new PlayedHost();
  let answer: (req: Request, info: Deno.ServeHandlerInfo) => Promise<Response> | Response = () =>
    new Response("starting", { status: 503 });
  const server = Deno.serve(
    { port: options.port ?? 0, hostname: "127.0.0.1", onListen: () => {} },
    (req, info) => answer(req, info),
  );
  const origin = `http://127.0.0.1:${server.addr.port}`;
  const services = new MemoryServices(new URL(origin));
  const web = await mountWeb(services, { mode: "development" });
  answer = async (req, info) => {
    if (new URL(req.url).pathname !== "/ws") {
      return await host.files.http(req) ?? await web(req, info);
    }
    if (!services.signedIn(req.headers)) return new Response("signed out", { status: 401 });
    return host.accept(req);
  };
  return {
    origin,
    services,
    host,
    async [Symbol.asyncDispose]() {
      host.cut();
      await server.shutdown();
    },
  };
}

/**
 * Serves the releases in a folder as GitHub would, on this machine alone:
 * `deno task release:serve [--dir dist] [--port 8430]`.
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { compareVersions, plainVersion } from "../../gateway/update/version_order.ts";

/** A server of `DIR/vX.Y.Z/FILE` under `/latest/download/FILE` and `/download/vX.Y.Z/FILE`. */
export function serveReleases(dir: string, port = 0): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port, onListen: () => {} }, async (request) => {
    const { pathname } = new URL(request.url);
    const [, pinned, file] = /^\/(?:latest\/download|download\/(v[\w.-]+))\/([\w.-]+)$/
      .exec(pathname) ?? [];
    const version = pinned ?? await latest(dir);
    if (file === undefined || version === undefined) return notFound();
    try {
      const content = await Deno.open(`${dir}/${version}/${file}`);
      const { size } = await content.stat();
      return new Response(content.readable, { headers: { "content-length": String(size) } });
    } catch {
      return notFound();
    }
  });
}

async function latest(dir: string): Promise<string | undefined> {
  const entries = await Array.fromAsync(Deno.readDir(dir)).catch(() => []);
  return entries
    .filter(({ name }) => name.startsWith("v") && plainVersion(name) !== undefined)
    .map(({ name }) => name)
    .toSorted(compareVersions)
    .at(-1);
}

function notFound(): Response {
  return new Response("There is no such file in any release here\n", { status: 404 });
}

if (import.meta.main) {
  const args = parseArgs(Deno.args, {
    string: ["dir", "port"],
    default: { dir: "dist", port: "8430" },
  });
  const server = serveReleases(String(args.dir), Number(args.port));
  const url = `http://127.0.0.1:${server.addr.port}`;
  console.log(`Releases of ${args.dir} at ${url}; on this machine:`);
  console.log(
    `  sh -c "$(curl -fsSL ${url}/latest/download/install.sh)" install.sh --release-url ${url} ...`,
  );
  await server.finished;
}

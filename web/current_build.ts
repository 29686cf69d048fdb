import { type Log, silentLog } from "@chatcode/kit";
import { encodeHex } from "@std/encoding/hex";

const WEB = new URL("./", import.meta.url);
const ROOT = new URL("../", WEB);
const SNAPSHOT = new URL("_fresh/snapshot.js", WEB);
const STAMP = new URL("_fresh/stamp", WEB);
const LOCK = new URL(".build.lock", WEB);

/** What the bundles are made from: when none of it has changed, neither would they. */
const SOURCES = ["deno.json", "deno.lock", "web/", "protocol/", "kit/"];
const LEFT_OUT = /\/(_fresh|testing|testdata|schema|node_modules)\/|_test\.tsx?$|\.(md|lock)$/;

/**
 * Makes sure that `_fresh/` was built from the sources as they are, and gives the URL to import.
 * A process of its own builds, so that esbuild costs the server no memory. Where nothing can be
 * built (Deno Deploy), a build that is there is served as it is.
 * @throws {Error} if there is no build and none can be made
 */
export async function currentBuild(log: Log = silentLog): Promise<string> {
  try {
    const wanted = await stampOfSources();
    if (await readStamp() !== wanted) await buildOnce(wanted, log);
  } catch (error) {
    if (!await isFile(SNAPSHOT)) throw error;
    log.warn("web.build_not_checked", { error });
  }
  // The stamp in the address: a process that has loaded an older build loads this one too.
  return `${SNAPSHOT.href}?${(await readStamp() ?? "unknown").slice(0, 16)}`;
}

/** Leaves word of which sources `_fresh/` was built from. */
export async function writeStamp(): Promise<void> {
  await Deno.writeTextFile(STAMP, await stampOfSources());
}

/** Servers that start at the same time build once. */
async function buildOnce(wanted: string, log: Log): Promise<void> {
  using lock = await Deno.open(LOCK, { write: true, create: true });
  await lock.lock(true);
  if (await readStamp() === wanted) return;
  const startedMs = performance.now();
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", new URL("dev.ts", WEB).href],
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) {
    throw new Error(`Cannot build the web app: ${new TextDecoder().decode(stderr).slice(-2000)}`);
  }
  log.info("web.built", { tookMs: Math.round(performance.now() - startedMs) });
}

/** By size and time of change: reading them all would cost the server memory that it keeps. */
async function stampOfSources(): Promise<string> {
  const files = (await Promise.all(SOURCES.map((path) => listFiles(new URL(path, ROOT))))).flat();
  const lines = await Promise.all(files.map(async (url) => {
    const { size, mtime } = await Deno.stat(url);
    return `${url.pathname.slice(ROOT.pathname.length)} ${size} ${mtime?.getTime() ?? 0}`;
  }));
  const all = new TextEncoder().encode(lines.sort().join("\n"));
  return encodeHex(await crypto.subtle.digest("SHA-256", all));
}

async function listFiles(url: URL): Promise<URL[]> {
  if (!url.pathname.endsWith("/")) return [url];
  const found: Promise<URL[]>[] = [];
  for await (const { name, isDirectory } of Deno.readDir(url)) {
    const child = new URL(isDirectory ? `${name}/` : name, url);
    if (!name.startsWith(".") && !LEFT_OUT.test(child.pathname)) found.push(listFiles(child));
  }
  return (await Promise.all(found)).flat();
}

async function readStamp(): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(STAMP);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function isFile(url: URL): Promise<boolean> {
  return await Deno.stat(url).then((stat) => stat.isFile, () => false);
}

import * as z from "zod";
import type { AgentId } from "@chatcode/protocol";

/** The versions whose files and screens are known. */
const PACKAGES: Readonly<Record<AgentId, { name: string; version: string; setUp?: string }>> = {
  claude: { name: "@anthropic-ai/claude-code", version: "2.1.329", setUp: "install.cjs" },
  codex: { name: "@openai/codex", version: "0.169.0" },
  gemini: { name: "@google/gemini-cli", version: "0.61.0" },
  opencode: { name: "opencode-ai", version: "1.18.33", setUp: "postinstall.mjs" },
};

/** 1.2 GB come down. */
const INSTALL_LIMIT_MS = 15 * 60_000;
const START_LIMIT_MS = 60_000;
/** A failed install is not tried again for so long, in milliseconds. */
const FAILURE_KEPT_MS = 10 * 60_000;

const failureSchema = z.object({
  code: z.enum([
    "NO_NPM", // npm or Node.js is not here
    "NOT_FETCHED", // npm could not bring the packages
    "NOT_STARTING", // a package is here and its program does not run on this machine
  ]),
  /** In words. */
  missing: z.string(),
});
type Failure = z.infer<typeof failureSchema>;

export type AgentsForTests =
  | {
    /** The folder that holds the programs. */
    readonly bin: string;
    /** A folder for what tests need; not in the system's temporary one, where Codex is another. */
    readonly scratch: string;
    readonly missing: undefined;
  }
  | Readonly<Failure> & { readonly bin: undefined };

/**
 * The four agents at pinned versions, installed once into a cache outside the repository
 * (`$CHATCODE_AGENTS_CACHE`, else `chatcode-agents` in the user's cache): a call that finds them
 * there takes milliseconds. `skipWhen("starts", (await installAgents()).missing)`.
 */
export async function installAgents(): Promise<AgentsForTests> {
  const cache = cacheFolder();
  await Deno.mkdir(`${cache}/scratch`, { recursive: true });
  const folder = `${cache}/${await fingerprint()}`;
  const found = {
    bin: `${folder}/node_modules/.bin`,
    scratch: `${cache}/scratch`,
    missing: undefined,
  };
  // Two test runs at once: the second waits for the first one's install.
  using lock = await Deno.open(`${cache}/lock`, { create: true, write: true });
  await lock.lock(true);
  if (await exists(found.bin)) return found;
  // Every test file asks: without a network each try would take minutes.
  const known = await readFailure(`${folder}.failure`);
  if (known !== undefined) return { bin: undefined, ...known };
  console.log("Installing the agents for tests: 1.2 GB, once");
  const draft = await Deno.makeTempDir({ dir: cache, prefix: "draft-" });
  try {
    const failure = await install(draft);
    if (failure !== undefined) {
      console.error(`THE REAL AGENTS ARE NOT TESTED: ${failure.missing}`);
      // That npm is missing is seen at once.
      const isCostly = failure.code !== "NO_NPM";
      if (isCostly) await Deno.writeTextFile(`${folder}.failure`, JSON.stringify(failure));
      return { bin: undefined, ...failure };
    }
    await Deno.rename(draft, folder);
    return found;
  } finally {
    await Deno.remove(draft, { recursive: true }).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}

/** Why it failed a short while ago. */
async function readFailure(path: string): Promise<Failure | undefined> {
  try {
    const { mtime } = await Deno.stat(path);
    if (Date.now() - (mtime?.getTime() ?? 0) > FAILURE_KEPT_MS) return undefined;
    return failureSchema.parse(JSON.parse(await Deno.readTextFile(path)));
  } catch {
    return undefined; // it did not fail
  }
}

async function install(folder: string): Promise<Failure | undefined> {
  const packages = Object.values(PACKAGES);
  const dependencies = Object.fromEntries(packages.map(({ name, version }) => [name, version]));
  await Deno.writeTextFile(
    `${folder}/package.json`,
    JSON.stringify({ private: true, dependencies }),
  );
  // npm 11 runs no package's scripts unasked, older ones run all: run the needed ones ourselves.
  const npm = await run("npm", [
    "install",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--no-update-notifier",
    "--loglevel=error",
  ], { cwd: folder, limitMs: INSTALL_LIMIT_MS });
  if (npm === undefined) return { code: "NO_NPM", missing: "npm is not installed" };
  if (!npm.ok) {
    const [, reason = "no reason given"] = /npm err(?:or|!) code (\S+)/i.exec(npm.output) ?? [];
    return { code: "NOT_FETCHED", missing: `npm cannot bring the agents (${reason})` };
  }
  for (const { name, setUp } of packages) {
    if (setUp === undefined) continue;
    const cwd = `${folder}/node_modules/${name}`;
    const done = await run("node", [setUp], { cwd, limitMs: INSTALL_LIMIT_MS });
    if (done === undefined) return { code: "NO_NPM", missing: "Node.js is not installed" };
    if (!done.ok) return { code: "NOT_STARTING", missing: `${name} cannot be set up here` };
  }
  for (const [agent, { version }] of Object.entries(PACKAGES)) {
    // A home of its own: agents write there even when asked for their version only.
    const started = await run(`${folder}/node_modules/.bin/${agent}`, ["--version"], {
      cwd: folder,
      limitMs: START_LIMIT_MS,
      env: { HOME: folder },
    });
    if (!started?.ok || !started.output.includes(version)) {
      return { code: "NOT_STARTING", missing: `${agent} ${version} does not start here` };
    }
  }
  return undefined;
}

/** @returns `undefined` when there is no such program */
async function run(
  program: string,
  args: readonly string[],
  options: { cwd: string; limitMs: number; env?: Record<string, string> },
): Promise<{ ok: boolean; output: string } | undefined> {
  const { cwd, limitMs, env = {} } = options;
  try {
    const { success, stdout, stderr } = await new Deno.Command(program, {
      args: [...args],
      cwd,
      env,
      stdin: "null",
      signal: AbortSignal.timeout(limitMs),
    }).output();
    const decoder = new TextDecoder();
    return { ok: success, output: decoder.decode(stdout) + decoder.decode(stderr) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function cacheFolder(): string {
  const named = Deno.env.get("CHATCODE_AGENTS_CACHE");
  if (named) return named;
  const cache = Deno.env.get("XDG_CACHE_HOME") || `${Deno.env.get("HOME") ?? "."}/.cache`;
  return `${cache}/chatcode-agents`;
}

/** Another version, or another machine that shares the folder, is another install. */
async function fingerprint(): Promise<string> {
  const text = JSON.stringify([PACKAGES, Deno.build.target]);
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(hash).toHex().slice(0, 12);
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

if (import.meta.main) {
  const agents = await installAgents();
  console.log(agents.missing ?? agents.bin);
  if (agents.missing !== undefined) Deno.exit(1);
}

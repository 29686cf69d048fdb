/**
 * Builds the gateway as one file that needs neither Deno nor Node:
 * `deno task compile [--target T]… [--output DIR] [--self-extracting-fallback]`.
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { denoCompile } from "./compile/deno_compile.ts";
import { sha256Hex } from "./compile/npm_deno.ts";
import { buildSelfExtracting } from "./compile/self_extracting.ts";
import { parseTargets, type Target, TARGET_NAMES, TARGETS } from "./compile/targets.ts";

const USAGE = `Usage: deno task compile [--target T]... [--output DIR] [--self-extracting-fallback]

  --target T       ${TARGET_NAMES.join(", ")}
                   or "all"; default: this machine's
  --output DIR     where the files go; default dist
  --self-extracting-fallback
                   where Deno's base binary cannot be had, build a file that unpacks itself,
                   from npm's Deno binary`;

export type Form = "deno compile" | "self-extracting";

export interface Built {
  readonly target: Target;
  readonly path: string;
  readonly form: Form;
  readonly bytes: number;
  readonly sha256: string;
}

/** The base binary cannot be had, and the other form was not asked for. */
export class NoBaseError extends Error {
  override readonly name = "NoBaseError";
}

export interface CompileOptions {
  readonly output: string;
  readonly fallback: boolean;
  readonly tell: (line: string) => void;
}

/**
 * One target's file in the output folder.
 * @throws {NoBaseError}
 * @throws {Error} if the build fails
 */
export async function compile(root: URL, target: Target, options: CompileOptions): Promise<Built> {
  const path = `${options.output}/${TARGETS[target].asset}`;
  await Deno.mkdir(options.output, { recursive: true });
  const draft = `${path}.${crypto.randomUUID().slice(0, 8)}`;
  try {
    const form = await build(root, target, draft, options);
    await Deno.chmod(draft, 0o755);
    await Deno.rename(draft, path);
    const bytes = await Deno.readFile(path);
    return { target, path, form, bytes: bytes.length, sha256: await sha256Hex(bytes) };
  } catch (error) {
    await Deno.remove(draft).catch(() => {}); // it may not have come that far
    throw error;
  }
}

async function build(
  root: URL,
  target: Target,
  path: string,
  { fallback, tell }: CompileOptions,
): Promise<Form> {
  const compiled = await denoCompile(root, target, path);
  if (compiled.state === "built") return "deno compile";
  const why = `Deno's base binary for ${target} cannot be had: ${compiled.why}`;
  if (!fallback) {
    throw new NoBaseError(
      `${why}\nName a denort by DENORT_BIN, or build with --self-extracting-fallback`,
    );
  }
  tell(`${why}\nBuilding the self-extracting form from npm's Deno ${TARGETS[target].deno}`);
  await Deno.writeFile(path, await buildSelfExtracting(root, target));
  return "self-extracting";
}

async function main(): Promise<number> {
  const args = parseArgs(Deno.args, {
    string: ["target", "output"],
    boolean: ["self-extracting-fallback", "help"],
    collect: ["target"],
    default: { output: "dist" },
    unknown: (arg) => {
      throw new RangeError(`"${arg}" is no option. ${USAGE}`);
    },
  });
  if (args.help) {
    console.log(USAGE);
    return 0;
  }
  const root = new URL("../", import.meta.url);
  for (const target of parseTargets(args.target as string[])) {
    const built = await compile(root, target, {
      output: String(args.output),
      fallback: args["self-extracting-fallback"] === true,
      tell: (line) => console.error(line),
    });
    const megabytes = (built.bytes / 1e6).toFixed(1);
    console.log(`${built.path}: ${built.form}, ${megabytes} MB, SHA-256 ${built.sha256}`);
  }
  return 0;
}

if (import.meta.main) {
  try {
    Deno.exit(await main());
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof NoBaseError)) throw error;
    console.error(error.message);
    Deno.exit(error instanceof RangeError ? 2 : 1);
  }
}

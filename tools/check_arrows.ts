/**
 * Which room may import which, checked over the module graph that Deno itself builds:
 * `deno task arrows`. Prints each import that breaks a rule, and exits with 1 if there is one.
 * @module
 */
import { type Arrow, brokenRule } from "./arrows.ts";
import { listSources } from "./sources.ts";

/** What of `deno info --json` is read here. */
interface Graph {
  readonly modules: readonly {
    readonly specifier: string;
    readonly error?: string;
    readonly dependencies?: readonly {
      readonly code?: Resolved;
      readonly type?: Resolved;
    }[];
  }[];
}

interface Resolved {
  readonly specifier?: string;
  readonly span: { readonly start: { readonly line: number } };
}

export interface BrokenArrow extends Arrow {
  /** Counted from 1. */
  readonly line: number;
  readonly rule: string;
}

export interface ArrowsReport {
  readonly files: number;
  readonly broken: readonly BrokenArrow[];
}

/**
 * Every import under `root` (ends in a slash) that breaks a rule, types and dynamic imports too.
 * @throws {Error} if Deno cannot read the graph
 */
export async function checkArrows(root: URL): Promise<ArrowsReport> {
  const files = await listSources(root);
  const broken: BrokenArrow[] = [];
  const { modules } = await readGraph(root, files);
  for (const module of modules) {
    const from = inside(root, module.specifier);
    if (from === undefined || !files.includes(from)) continue;
    if (module.error !== undefined) throw new Error(`Cannot read "${from}": ${module.error}`);
    for (const { code, type } of module.dependencies ?? []) {
      const resolved = code ?? type;
      const to = resolved?.specifier && inside(root, resolved.specifier);
      if (!resolved || !to) continue;
      const rule = brokenRule({ from, to });
      if (rule) broken.push({ from, to, line: resolved.span.start.line + 1, rule });
    }
  }
  return { files: files.length, broken };
}

async function readGraph(root: URL, files: readonly string[]): Promise<Graph> {
  // `deno info` takes one entry: a throwaway module that imports every file.
  const entry = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    const imports = files.map((file) => `import ${JSON.stringify(new URL(file, root).href)};\n`);
    await Deno.writeTextFile(entry, imports.join(""));
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", "--config", "deno.json", entry],
      cwd: root,
    }).output();
    if (code !== 0) {
      throw new Error(`Cannot read the module graph: ${new TextDecoder().decode(stderr)}`);
    }
    return JSON.parse(new TextDecoder().decode(stdout));
  } finally {
    await Deno.remove(entry);
  }
}

/** The path of `specifier` below `root`; `undefined` if it is elsewhere. */
function inside(root: URL, specifier: string): string | undefined {
  return specifier.startsWith(root.href)
    ? decodeURIComponent(specifier.slice(root.href.length))
    : undefined;
}

if (import.meta.main) {
  const { files, broken } = await checkArrows(new URL("../", import.meta.url));
  for (const { from, line, to, rule } of broken) console.error(`${from}:${line}: ${to}: ${rule}`);
  console.log(`Arrows: ${files} files, ${broken.length} broken`);
  if (broken.length > 0) Deno.exit(1);
}

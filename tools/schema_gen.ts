/**
 * Writes protocol/schema/NAME.json for every zod schema that the protocol exports:
 * `deno task schema`. With `--check` writes nothing and exits with 1 if a file is not current.
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { schemas } from "@chatcode/protocol";
import { z } from "zod";

/** File name to file text. */
export type SchemaFiles = Readonly<Record<string, string>>;

/**
 * One JSON Schema (draft 2020-12) file for each entry, for what a peer may send. Keys are sorted,
 * so that a change of order in the source changes no file.
 * @throws {Error} naming the schema, if JSON Schema cannot say what it says
 */
export function renderSchemas(sources: Readonly<Record<string, z.ZodType>>): SchemaFiles {
  const files: Record<string, string> = {};
  for (const [name, schema] of Object.entries(sources)) {
    try {
      const json = z.toJSONSchema(schema, { io: "input" });
      files[`${name}.json`] = JSON.stringify(sorted({ ...json, title: name }), null, 2) + "\n";
    } catch (cause) {
      throw new Error(`Cannot write schema "${name}" as JSON Schema`, { cause });
    }
  }
  return files;
}

export interface SchemaDrift {
  readonly file: string;
  readonly state: "missing" | "stale" | "orphaned";
}

/** Where the files in `dir` differ from `files`. */
export async function findDrift(dir: URL, files: SchemaFiles): Promise<SchemaDrift[]> {
  const drift: SchemaDrift[] = [];
  const present = await readSchemas(dir);
  for (const [file, text] of Object.entries(files)) {
    if (present[file] === undefined) drift.push({ file, state: "missing" });
    else if (present[file] !== text) drift.push({ file, state: "stale" });
  }
  for (const file of Object.keys(present)) {
    if (files[file] === undefined) drift.push({ file, state: "orphaned" });
  }
  return drift;
}

/** Makes `dir` hold exactly `files`, touching only what differs. */
export async function writeSchemas(dir: URL, files: SchemaFiles): Promise<SchemaDrift[]> {
  await Deno.mkdir(dir, { recursive: true });
  const drift = await findDrift(dir, files);
  for (const { file } of drift) {
    const text = files[file];
    if (text === undefined) await Deno.remove(new URL(file, dir));
    else await Deno.writeTextFile(new URL(file, dir), text);
  }
  return drift;
}

async function readSchemas(dir: URL): Promise<SchemaFiles> {
  const present: Record<string, string> = {};
  try {
    for await (const { name } of Deno.readDir(dir)) {
      if (name.endsWith(".json")) present[name] = await Deno.readTextFile(new URL(name, dir));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return present;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, sorted(inner)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => a < b ? -1 : 1));
}

if (import.meta.main) {
  const { check } = parseArgs(Deno.args, { boolean: ["check"] });
  const dir = new URL("../protocol/schema/", import.meta.url);
  const files = renderSchemas(schemas);
  const drift = check ? await findDrift(dir, files) : await writeSchemas(dir, files);
  for (const { file, state } of drift) {
    console.log(check ? `protocol/schema/${file} is ${state}` : `${file}: was ${state}`);
  }
  console.log(`Schemas: ${Object.keys(files).length} files, ${drift.length} not current`);
  if (check && drift.length > 0) {
    console.error("Run `deno task schema` and commit what it writes");
    Deno.exit(1);
  }
}

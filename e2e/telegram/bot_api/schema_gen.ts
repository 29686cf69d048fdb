import { createGenerator } from "ts-json-schema-generator";
import { ROOT } from "../../harness/root.ts";
import { METHODS } from "./method_names.ts";

const TYPES = new URL("node_modules/@grammyjs/types/", ROOT);

/** A JSON Schema, as far as this file changes it. */
interface Schema {
  [key: string]: unknown;
}

/**
 * The schema of the params of every call that the stand-in takes, made of grammY's types. Lengths
 * stand in their comments only: `maxUnits`, `minUnits` and `maxBytes` tell them.
 */
export async function generateSchema(): Promise<Schema> {
  const folder = await Deno.makeTempDir();
  try {
    for await (const { name } of Deno.readDir(TYPES)) {
      if (!name.endsWith(".d.ts")) continue;
      const source = await Deno.readTextFile(new URL(name, TYPES));
      await Deno.writeTextFile(
        `${folder}/${name}`,
        name === "methods.d.ts" ? asParams(source) : source,
      );
    }
    const schema = createGenerator({
      path: `${folder}/methods.d.ts`,
      type: "Calls",
      skipTypeCheck: true,
      additionalProperties: false,
      jsDoc: "extended",
      sortProps: true,
      topRef: false,
    }).createSchema("Calls");
    return withLengths(schema) as Schema;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The generator knows no types of parameters: each method becomes a property of that type. */
function asParams(source: string): string {
  const properties = source
    .replaceAll(/^ {4}(\w+)\(args\??: \{$/gm, "    $1: {")
    .replaceAll(/^ {4}\}\): .*;$/gm, "    };")
    .replaceAll(/^ {4}(\w+)\(\): .*;$/gm, "    $1: {};");
  const names = METHODS.map((name) => `"${name}"`).join(" | ");
  return `${properties}\nexport type Calls = Pick<ApiMethods<string>, ${names}>;\n`;
}

/** Takes the comments out and leaves the lengths they tell. */
function withLengths(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withLengths);
  if (typeof schema !== "object" || schema === null) return schema;
  const kept: Schema = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === "description" && typeof value === "string") {
      if ("type" in schema && schema.type === "string") Object.assign(kept, lengths(value));
    } else kept[key] = withLengths(value);
  }
  return kept;
}

function lengths(comment: string): Schema {
  const bytes = /\b(\d+)-(\d+) bytes/.exec(comment);
  if (bytes) return { minBytes: Number(bytes[1]), maxBytes: Number(bytes[2]) };
  const units = /\b(\d+)-(\d+) characters/.exec(comment);
  return units ? { minUnits: Number(units[1]), maxUnits: Number(units[2]) } : {};
}

if (import.meta.main) {
  const file = new URL("schema.json", import.meta.url);
  await Deno.writeTextFile(file, JSON.stringify(await generateSchema(), null, 1) + "\n");
}

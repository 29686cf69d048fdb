import * as z from "zod";

const schema = z.looseObject({
  type: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
});

/** A small value that a JSON schema allows, as far as the agents' schemas go. */
export function sampleOf(input: unknown): unknown {
  const read = schema.safeParse(input);
  if (!read.success) return {};
  const { type, enum: choices, properties = {} } = read.data;
  if (choices !== undefined) return choices[0];
  switch (type?.toLowerCase()) {
    case "string":
      return "Fake side answer";
    case "boolean":
      return false;
    case "number":
    case "integer":
      return 0;
    case "array":
      return [];
    default:
      return Object.fromEntries(
        Object.entries(properties).map(([name, value]) => [name, sampleOf(value)]),
      );
  }
}

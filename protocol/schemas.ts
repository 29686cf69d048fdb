import type * as z from "zod";
import { events } from "./events.ts";
import { frameSchemas } from "./frame.ts";
import { methods, relayMethods } from "./methods/mod.ts";

/** Every schema of the wire by the name of its file in schema/. */
export const schemas: Readonly<Record<string, z.ZodType>> = {
  ...prefixed("frame", frameSchemas),
  ...prefixed("event", events),
  ...Object.fromEntries(
    Object.entries({ ...methods, ...relayMethods }).flatMap(([name, method]) => [
      [`method.${name}.params`, method.params],
      [`method.${name}.result`, method.result],
    ]),
  ),
};

function prefixed(prefix: string, table: Readonly<Record<string, z.ZodType>>) {
  return Object.fromEntries(
    Object.entries(table).map(([name, schema]) => [`${prefix}.${name}`, schema]),
  );
}

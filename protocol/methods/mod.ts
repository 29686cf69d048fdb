import type * as z from "zod";
import { agentMethods } from "./agents.ts";
import { folderMethods } from "./folders.ts";
import { hostMethods } from "./hosts.ts";
import { sessionMethods } from "./sessions.ts";
import { terminalMethods } from "./terminal.ts";

/** Every method by name. SPEC [RQ2]. */
export const methods = {
  ...hostMethods,
  ...sessionMethods,
  ...folderMethods,
  ...terminalMethods,
  ...agentMethods,
} as const;

export type MethodName = keyof typeof methods;
export type MethodParams<M extends MethodName> = z.infer<(typeof methods)[M]["params"]>;
export type MethodInput<M extends MethodName> = z.input<(typeof methods)[M]["params"]>;
export type MethodResult<M extends MethodName> = z.infer<(typeof methods)[M]["result"]>;

export function isMethodName(name: string): name is MethodName {
  return Object.hasOwn(methods, name);
}

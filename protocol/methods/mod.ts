import type * as z from "zod";
import { agentMethods } from "./agents.ts";
import { fileMethods, relayFileMethods } from "./files.ts";
import { folderMethods } from "./folders.ts";
import { hostMethods } from "./hosts.ts";
import { sessionMethods } from "./sessions.ts";
import { terminalMethods } from "./terminal.ts";

/** Every method that a client may ask for, by name. SPEC [RQ2]. */
export const methods = {
  ...hostMethods,
  ...sessionMethods,
  ...folderMethods,
  ...terminalMethods,
  ...agentMethods,
  ...fileMethods,
} as const;

export type MethodName = keyof typeof methods;
export type MethodParams<M extends MethodName> = z.infer<(typeof methods)[M]["params"]>;
export type MethodInput<M extends MethodName> = z.input<(typeof methods)[M]["params"]>;
export type MethodResult<M extends MethodName> = z.infer<(typeof methods)[M]["result"]>;

/** What only the relay asks a host; a client that asks gets UNKNOWN_METHOD. SPEC [FI3]. */
export const relayMethods = relayFileMethods;

export type RelayMethodName = keyof typeof relayMethods;
export type RelayMethodParams<M extends RelayMethodName> = z.infer<
  (typeof relayMethods)[M]["params"]
>;
export type RelayMethodInput<M extends RelayMethodName> = z.input<
  (typeof relayMethods)[M]["params"]
>;
export type RelayMethodResult<M extends RelayMethodName> = z.infer<
  (typeof relayMethods)[M]["result"]
>;

export function isRelayMethodName(name: string): name is RelayMethodName {
  return Object.hasOwn(relayMethods, name);
}

export function isMethodName(name: string): name is MethodName {
  return Object.hasOwn(methods, name);
}

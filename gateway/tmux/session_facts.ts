import { decodeBase64Url, encodeBase64Url } from "@std/encoding/base64url";

/** What a session is, kept in tmux as user options, so that it outlives the gateway. */
export interface SessionFacts {
  readonly title: string;
  /** argv; empty means the login shell. */
  readonly command: readonly string[];
  readonly cwd: string;
  readonly createdAtMs: number;
}

/** The user options, in the order in which `decodeFacts()` takes their values. */
export const FACT_OPTIONS = ["@cc_title", "@cc_command", "@cc_cwd", "@cc_created_ms"] as const;
export type FactOption = (typeof FACT_OPTIONS)[number];

const encodeText = (text: string) => encodeBase64Url(new TextEncoder().encode(text));
const decodeText = (text: string) => new TextDecoder().decode(decodeBase64Url(text));

/** Values with a narrow alphabet: nothing in them can mean anything to tmux or to a parser. */
export function encodeFacts(facts: SessionFacts): Record<FactOption, string> {
  return {
    "@cc_title": encodeText(facts.title),
    "@cc_command": encodeText(JSON.stringify(facts.command)),
    "@cc_cwd": encodeText(facts.cwd),
    "@cc_created_ms": String(facts.createdAtMs),
  };
}

/**
 * The facts as far as they can be read. A session started by hand has none, and the programs in a
 * session can overwrite its options: what does not parse falls back to `known`.
 */
export function decodeFacts(values: readonly string[], known: SessionFacts): SessionFacts {
  const [title, command, cwd, createdAtMs] = values;
  return {
    title: attempt(() => decodeText(title ?? "")) || known.title,
    command: attempt(() => parseCommand(decodeText(command ?? ""))) ?? known.command,
    cwd: attempt(() => decodeText(cwd ?? "")) || known.cwd,
    createdAtMs: /^\d{1,15}$/.test(createdAtMs ?? "") ? Number(createdAtMs) : known.createdAtMs,
  };
}

function parseCommand(json: string): string[] {
  const command: unknown = JSON.parse(json);
  if (Array.isArray(command) && command.every((word) => typeof word === "string")) return command;
  throw new TypeError("Cannot read a command: not a list of strings");
}

function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}

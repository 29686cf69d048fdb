import type { AgentId } from "@chatcode/protocol";

/** A call of a tool, as the model asks for it. */
export interface ToolCall {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** A file's text, or a piece of it, that the agent is to change by its own tools. */
export interface FileChange {
  /** Absolute. */
  readonly path: string;
  /** What is replaced; `undefined`: the file is new. */
  readonly before: string | undefined;
  readonly after: string;
}

/** What one request asks the model, whatever API it came by. */
export interface Asked {
  readonly model: string;
  /** Whether the answer shall come as server-sent events. */
  readonly stream: boolean;
  /** The person's last message, without what the agent adds around it. */
  readonly prompt: string;
  /** What the tools have answered since then. */
  readonly toolResults: readonly string[];
  /** How to ask for a command; without a shell the request is a side errand of the agent's. */
  readonly shell: ((command: string) => ToolCall) | undefined;
  /** How to ask for a change of a file. */
  readonly change: (change: FileChange) => ToolCall;
  /** The JSON schema that the answer must fit. */
  readonly schema: unknown;
}

export type AnswerPart =
  | { readonly kind: "text"; readonly text: string } // all text parts are one message
  | { readonly kind: "tool"; readonly id: string; readonly call: ToolCall };

/** Tokens, each counted in one place only. */
export interface TokenCount {
  /** Neither read from a cache nor written to one. */
  readonly input: number;
  readonly cachedInput: number;
  readonly cacheWrite: number;
  /** All that was generated, `reasoning` included. */
  readonly output: number;
  readonly reasoning: number;
}

/** What an answer carries beside its parts. */
export interface Stamp {
  readonly id: string;
  readonly model: string;
  readonly tokens: TokenCount;
  /** To be called as counts go out, since an answer may be cut short. */
  readonly report: (tokens: TokenCount) => void;
}

/** One vendor's API, as far as its agent uses it. */
export interface Dialect {
  readonly agent: AgentId;
  /** The path, after any prefix, of a question to the model. */
  readonly path: RegExp;
  /** @throws {Error} if the body is not what the API takes */
  read(body: unknown, path: string): Asked;
  /** Server-sent events, ready to send. */
  stream(parts: AsyncIterable<AnswerPart>, stamp: Stamp): AsyncIterable<string>;
  whole(parts: readonly AnswerPart[], stamp: Stamp): unknown;
  error(status: number, message: string): unknown;
}

/** One server-sent event. */
export function sse(data: unknown, event?: string): string {
  const text = typeof data === "string" ? data : JSON.stringify(data);
  return `${event === undefined ? "" : `event: ${event}\n`}data: ${text}\n\n`;
}

/** The text of an answer that has no need to come in parts. */
export function textOf(parts: readonly AnswerPart[]): string {
  return parts.map((part) => part.kind === "text" ? part.text : "").join("");
}

export function toolsOf(parts: readonly AnswerPart[]): (AnswerPart & { kind: "tool" })[] {
  return parts.filter((part) => part.kind === "tool");
}

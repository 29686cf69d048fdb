import { clip, plain } from "./log_value.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFields = Readonly<Record<string, unknown>>;

/** The longest line, in UTF-16 units; a longer one keeps its event and loses its fields. */
export const LOG_LINE_MAX = 16 * 1024;

/**
 * Structured log: an event name, then fields. No method ever throws. Strings, lists and depth are
 * bounded, and a string in a field whose name ends in token, authorization, cookie, password or
 * secret is never written.
 */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** A log whose every line carries `fields` too. */
  child(fields: LogFields): Log;
}

export interface LogOptions {
  /** Writes `debug` too. Default: false. */
  readonly verbose?: boolean;
  /** Default: stdout. */
  readonly to?: "stdout" | "stderr";
  /** Text for people instead of JSON lines. Default: whether the output is a terminal. */
  readonly pretty?: boolean;
  /** Takes each line, with its line end, instead of the process's output. */
  readonly write?: (line: string) => void;
  /** Milliseconds since the Unix epoch. */
  readonly now?: () => number;
  readonly fields?: LogFields;
}

const RESERVED = new Set(["time", "level", "event"]);

export function createLog(options: LogOptions = {}): Log {
  const to = options.to ?? "stdout";
  const pretty = options.pretty ?? (options.write === undefined && isTerminal(to));
  const write = options.write ?? outputWriter(to);
  const now = options.now ?? Date.now;
  const format = pretty ? prettyLine : jsonLine;

  function at(bound: LogFields): Log {
    const emit = (level: LogLevel, event: string, fields: LogFields = {}) => {
      try {
        write(format(new Date(now()).toISOString(), level, event, { ...bound, ...fields }));
      } catch {
        // A log that cannot be written must not stop what it tells of.
      }
    };
    return {
      debug: (event, fields) => options.verbose ? emit("debug", event, fields) : undefined,
      info: (event, fields) => emit("info", event, fields),
      warn: (event, fields) => emit("warn", event, fields),
      error: (event, fields) => emit("error", event, fields),
      child: (fields) => at({ ...bound, ...fields }),
    };
  }
  return at(options.fields ?? {});
}

/** A log that writes nothing, for tests and for parts that were given none. */
export const silentLog: Log = createLog({ write: () => {} });

function jsonLine(time: string, level: LogLevel, event: string, fields: LogFields): string {
  const head = { time, level, event: clip(event) };
  const line: Record<string, unknown> = { ...head };
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) line[RESERVED.has(name) ? `${name}_` : name] = plain(value, name);
  }
  const json = JSON.stringify(line);
  return (json.length <= LOG_LINE_MAX ? json : JSON.stringify({ ...head, cut: json.length })) +
    "\n";
}

function prettyLine(time: string, level: LogLevel, event: string, fields: LogFields): string {
  const parts = [time.slice(11, 23), level.toUpperCase().padEnd(5), event];
  for (const [name, value] of Object.entries(fields)) {
    // JSON escapes control characters, so a value cannot steer the terminal.
    if (value !== undefined) parts.push(`${name}=${JSON.stringify(plain(value, name))}`);
  }
  return clip(parts.join(" "), LOG_LINE_MAX) + "\n";
}

function isTerminal(to: "stdout" | "stderr"): boolean {
  try {
    return Deno[to].isTerminal();
  } catch {
    return false; // no Deno: a browser
  }
}

function outputWriter(to: "stdout" | "stderr"): (line: string) => void {
  if (typeof Deno === "undefined") return (line) => console.log(line.trimEnd());
  const encoder = new TextEncoder();
  return (line) => {
    let bytes = encoder.encode(line);
    while (bytes.length > 0) bytes = bytes.subarray(Deno[to].writeSync(bytes));
  };
}

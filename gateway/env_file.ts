import { ExitError } from "./exit_status.ts";
import { readInput } from "./read_input.ts";

export interface EnvFile {
  readonly values: Readonly<Record<string, string>>;
  /** Set if others than the owner may read the file, which may hold the token. */
  readonly warning?: string;
}

/**
 * Reads `KEY=VALUE` lines (`-`: of standard input) as systemd's EnvironmentFile has them: `#` and `;` begin comments, a value
 * may stand in single or double quotes.
 * @throws ExitError usage if the file cannot be read or a line is not `KEY=VALUE`
 */
export function readEnvFile(path: string): EnvFile {
  let text: string;
  let mode: number | null;
  try {
    text = readInput(path);
    mode = path === "-" ? null : Deno.statSync(path).mode;
  } catch (cause) {
    const why = cause instanceof Deno.errors.NotFound ? "no such file" : "not readable";
    throw new ExitError("usage", `Cannot read env file "${path}": ${why}`, { cause });
  }
  const values = parseEnvFile(text, path);
  if (mode === null || (mode & 0o077) === 0) return { values };
  return { values, warning: `Others may read "${path}": run chmod 600 "${path}"` };
}

function parseEnvFile(text: string, path: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#") || line.startsWith(";")) continue;
    const match = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line);
    if (match === null) {
      // The line may hold a token: its number must do.
      throw new ExitError(
        "usage",
        `Cannot read env file "${path}": line ${index + 1} is not KEY=VALUE`,
      );
    }
    const [, key = "", value = ""] = match;
    values[key] = unquote(value.trim());
  }
  return values;
}

function unquote(value: string): string {
  const quote = value[0];
  const quoted = value.length >= 2 && (quote === '"' || quote === "'") && value.endsWith(quote);
  return quoted ? value.slice(1, -1) : value;
}

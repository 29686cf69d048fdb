import { type HostId, hostId } from "@chatcode/protocol";
import { parseArgs } from "@std/cli/parse-args";
import { z } from "zod";
import { readEnvFile } from "./env_file.ts";
import { ExitError } from "./exit_status.ts";

/** Everything a command was told, frozen. Only this file reads the environment and the flags. */
export interface CommandLine {
  readonly command: string;
  /** What stands behind the command without a flag. */
  readonly words: readonly string[];
  readonly flags: Flags;
}

export interface Flags {
  readonly [name: string]: string | boolean | undefined;
}

/** Where things lie on this machine: all that a helper command needs. */
export interface Places {
  /** `--state-dir`, CHATCODE_STATE_DIR. Default: see `defaultStateDir()`. Holds lock and socket. */
  readonly stateDir: string;
  /** `--workspace`, CHATCODE_WORKSPACE. Default: ~/workspace. */
  readonly workspace: string;
  /** `--tmux-socket`, CHATCODE_TMUX_SOCKET: tmux's `-L` name. Default: chatcode. */
  readonly tmuxSocket: string;
  /** The environment without anything of ours: what sessions and helpers may inherit. */
  readonly environment: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

/** What `run` needs beyond the places. */
export interface Config extends Places {
  /** `--gateway-id`, CHATCODE_GATEWAY_ID. */
  readonly gatewayId: HostId;
  /** `--token-file` (`-`: standard input), CHATCODE_GATEWAY_AUTH_TOKEN. Never a flag: others can read command lines. */
  readonly token: string;
  /** `--cp-url`, CHATCODE_CP_URL, as the address to dial: wss://…/gw/connect. */
  readonly relayUrl: string;
  readonly force: boolean;
  readonly verbose: boolean;
}

const STRING_FLAGS = [
  "gateway-id",
  "cp-url",
  "env-file",
  "token-file",
  "workspace",
  "tmux-socket",
  "state-dir",
  "params",
  "key",
];
const BOOLEAN_FLAGS = ["force", "verbose", "json", "help", "version"];

/** @throws ExitError usage on a flag that does not exist or lacks its value */
export function parseCommandLine(args: readonly string[]): CommandLine {
  // parseArgs() takes a lone dash for a word of its own, not for the flag's value.
  const stdin = args.findIndex((arg, at) => arg === "--token-file" && args[at + 1] === "-");
  const joined = stdin === -1 ? args : args.toSpliced(stdin, 2, "--token-file=-");
  const parsed = parseArgs(joined, {
    string: STRING_FLAGS,
    boolean: BOOLEAN_FLAGS,
    alias: { help: ["h"] },
    unknown: (arg) => {
      if (!arg.startsWith("-")) return true;
      const hint = arg.startsWith("--token=") || arg === "--token"
        ? ": the token comes by --token-file, --env-file or CHATCODE_GATEWAY_AUTH_TOKEN"
        : "";
      throw new ExitError("usage", `Unknown flag ${arg.split("=")[0]}${hint}`);
    },
  });
  const [command = "", ...words] = parsed._.map(String);
  const flags: Record<string, string | boolean> = {};
  for (const name of STRING_FLAGS) {
    const value = parsed[name];
    if (value === undefined) continue;
    if (value === "") throw new ExitError("usage", `Flag --${name} needs a value`);
    flags[name] = String(value);
  }
  for (const name of BOOLEAN_FLAGS) flags[name] = parsed[name] === true;
  return Object.freeze({ command, words: Object.freeze(words), flags: Object.freeze(flags) });
}

/** The process's environment; ours is taken out of it, so that nothing spawned inherits it. */
export function takeEnvironment(): Record<string, string> {
  const env = Deno.env.toObject();
  for (const name of Object.keys(env)) {
    if (name.startsWith("CHATCODE_")) Deno.env.delete(name);
  }
  return env;
}

type Env = Readonly<Record<string, string>>;

/** @throws ExitError usage, naming the setting that is missing or not valid */
export function readPlaces(flags: Flags, env: Env): Places {
  return Object.freeze(placesOf(settingsOf(flags, env), env));
}

/** @throws ExitError usage, naming the setting that is missing or not valid */
export function readConfig(flags: Flags, env: Env): Config {
  const settings = settingsOf(flags, env);
  const places = placesOf(settings, env);
  return Object.freeze({
    ...places,
    gatewayId: parse(settings, "GATEWAY_ID", hostId, "letters, digits, _ and -, at most 64"),
    token: parse(settings, "GATEWAY_AUTH_TOKEN", tokenSchema, "printable characters, no spaces"),
    relayUrl: relayUrlOf(parse(settings, "CP_URL", z.string(), "a URL")),
    force: flags["force"] === true,
    verbose: flags["verbose"] === true,
  });
}

const tokenSchema = z.string().regex(/^[\x21-\x7e]{8,512}$/);

interface Settings {
  readonly values: Readonly<Record<string, string | undefined>>;
  readonly warnings: readonly string[];
}

/** A flag wins over the environment, which wins over the env file. */
function settingsOf(flags: Flags, env: Env): Settings {
  const text = (name: string) => typeof flags[name] === "string" ? flags[name] : undefined;
  const path = text("env-file");
  const file = path === undefined ? undefined : readEnvFile(path);
  const from = (name: string, flag?: string) =>
    flag ?? (env[`CHATCODE_${name}`] || file?.values[`CHATCODE_${name}`] || undefined);
  const tokenFile = text("token-file");
  return {
    values: {
      GATEWAY_ID: from("GATEWAY_ID", text("gateway-id")),
      GATEWAY_AUTH_TOKEN: from("GATEWAY_AUTH_TOKEN", tokenFile && readToken(tokenFile)),
      CP_URL: from("CP_URL", text("cp-url")),
      WORKSPACE: from("WORKSPACE", text("workspace")),
      TMUX_SOCKET: from("TMUX_SOCKET", text("tmux-socket")),
      STATE_DIR: from("STATE_DIR", text("state-dir")),
    },
    warnings: file?.warning === undefined ? [] : [file.warning],
  };
}

function placesOf({ values, warnings }: Settings, env: Env): Places {
  const home = env["HOME"] || undefined;
  const atHome = (path: string, what: string) => {
    if (home !== undefined) return `${home}/${path}`;
    throw new ExitError("usage", `Cannot choose a ${what}: HOME is not set`);
  };
  const absolute = (name: string, path: string) => {
    const full = path.startsWith("~/") ? atHome(path.slice(2), name) : path;
    if (full.startsWith("/")) return full.replace(/(?<=.)\/+$/, "");
    throw new ExitError("usage", `Setting CHATCODE_${name} is not valid: want an absolute path`);
  };
  const stateDir = absolute("STATE_DIR", values.STATE_DIR ?? defaultStateDir(env, atHome));
  const tmuxSocket = values.TMUX_SOCKET ?? "chatcode";
  if (!/^[A-Za-z0-9_-]{1,40}$/.test(tmuxSocket)) {
    throw new ExitError("usage", "Setting CHATCODE_TMUX_SOCKET is not valid: want a plain name");
  }
  // The system's bound on a Unix socket's path is 104 bytes on macOS, 108 on Linux.
  if (new TextEncoder().encode(`${stateDir}/gateway.sock`).length > 103) {
    throw new ExitError("usage", `Setting CHATCODE_STATE_DIR is too long: "${stateDir}"`);
  }
  return {
    stateDir,
    workspace: absolute("WORKSPACE", values.WORKSPACE ?? atHome("workspace", "workspace")),
    tmuxSocket,
    environment: Object.freeze(
      Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("CHATCODE_"))),
    ),
    warnings,
  };
}

/** $XDG_RUNTIME_DIR/chatcode, else ~/.local/state/chatcode; macOS: ~/Library/Application Support. */
function defaultStateDir(env: Env, atHome: (path: string, what: string) => string): string {
  if (Deno.build.os === "darwin") {
    return atHome("Library/Application Support/chatcode", "state folder");
  }
  const runtimeDir = env["XDG_RUNTIME_DIR"];
  return runtimeDir ? `${runtimeDir}/chatcode` : atHome(".local/state/chatcode", "state folder");
}

/** `-` is standard input, so that a token need not touch a disk. */
function readToken(path: string): string {
  try {
    const text = path === "-" ? readAll(Deno.stdin) : Deno.readTextFileSync(path);
    return text.trim();
  } catch (cause) {
    throw new ExitError("usage", `Cannot read token file "${path}"`, { cause });
  }
}

function readAll(source: { readSync(buffer: Uint8Array): number | null }): string {
  const buffer = new Uint8Array(4096); // a token is much shorter
  let bytes = 0;
  for (;;) {
    const read = source.readSync(buffer.subarray(bytes));
    if (read === null || read === 0) return new TextDecoder().decode(buffer.subarray(0, bytes));
    bytes += read;
  }
}

function parse<S extends z.ZodType>(
  { values }: Settings,
  name: string,
  schema: S,
  want: string,
): z.infer<S> {
  const value = values[name];
  if (value === undefined) {
    const flag = name === "GATEWAY_AUTH_TOKEN"
      ? "--token-file"
      : `--${name.toLowerCase().replaceAll("_", "-")}`;
    throw new ExitError("usage", `Setting CHATCODE_${name} is missing: set it, or pass ${flag}`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ExitError("usage", `Setting CHATCODE_${name} is not valid: want ${want}`);
}

/** A token must not travel in the clear: plain http only to this machine itself. */
function relayUrlOf(text: string): string {
  const bad = (why: string) =>
    new ExitError("usage", `Setting CHATCODE_CP_URL is not valid: ${why}`);
  if (!URL.canParse(text)) throw bad("not a URL");
  const url = new URL(text);
  const secure = url.protocol === "https:" || url.protocol === "wss:";
  if (!secure && url.protocol !== "http:" && url.protocol !== "ws:") throw bad("want https://…");
  const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (!secure && !loopback) throw bad("want https, since the token travels there");
  if (url.username || url.password || url.search || url.hash) throw bad("want only host and path");
  url.protocol = secure ? "wss:" : "ws:";
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/gw/connect`;
  return url.href;
}

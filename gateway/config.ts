import { type HostId, hostId } from "@chatcode/protocol";
import { z } from "zod";
import { type Flags, isOwnVariable } from "./command_line.ts";
import { readEnvFile } from "./env_file.ts";
import { ExitError } from "./exit_status.ts";
import type { ServiceSettings } from "./host/service_manager.ts";
import { readInput } from "./read_input.ts";

/** Where things lie on this machine: all that a helper command needs. */
export interface Places {
  /** `--state-dir`, CHATCODE_STATE_DIR. Default: see `defaultStateDir()`. Holds lock and socket. */
  readonly stateDir: string;
  /** `--workspace`, CHATCODE_WORKSPACE. Default: ~/workspace. */
  readonly workspace: string;
  /** `--tmux-socket`, CHATCODE_TMUX_SOCKET: tmux's `-L` name. Default: chatcode. */
  readonly tmuxSocket: string;
  /**
   * `--tmux-server`, CHATCODE_TMUX_SERVER: `own` is started when need be, `service` is run by another
   * service and never started. Default: own.
   */
  readonly tmuxServer: "own" | "service";
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
  /** Set when systemd runs us as a service of Type=notify. */
  readonly service: ServiceSettings | undefined;
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
    service: serviceOf(env),
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
      TMUX_SERVER: from("TMUX_SERVER", text("tmux-server")),
      STATE_DIR: from("STATE_DIR", text("state-dir")),
    },
    warnings: file?.warning === undefined ? [] : [file.warning],
  };
}

/** WATCHDOG_PID names whom the watchdog is for: see sd_watchdog_enabled(3). */
function serviceOf(env: Env): ServiceSettings | undefined {
  const notifySocket = env["NOTIFY_SOCKET"];
  if (!notifySocket || !/^[@/]/.test(notifySocket)) return undefined;
  const watchdogMs = Math.floor(Number(env["WATCHDOG_USEC"] ?? 0) / 1000);
  const isOurs = (env["WATCHDOG_PID"] ?? String(Deno.pid)) === String(Deno.pid);
  return { notifySocket, ...(watchdogMs > 0 && isOurs && { watchdogMs }) };
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
  const tmuxServer = values.TMUX_SERVER ?? "own";
  if (tmuxServer !== "own" && tmuxServer !== "service") {
    throw new ExitError("usage", "Setting CHATCODE_TMUX_SERVER is not valid: want own or service");
  }
  // The system's bound on a Unix socket's path is 104 bytes on macOS, 108 on Linux.
  if (new TextEncoder().encode(`${stateDir}/gateway.sock`).length > 103) {
    throw new ExitError("usage", `Setting CHATCODE_STATE_DIR is too long: "${stateDir}"`);
  }
  return {
    stateDir,
    workspace: absolute("WORKSPACE", values.WORKSPACE ?? atHome("workspace", "workspace")),
    tmuxSocket,
    tmuxServer,
    environment: Object.freeze(
      Object.fromEntries(Object.entries(env).filter(([name]) => !isOwnVariable(name))),
    ),
    warnings,
  };
}

/** Where the installer's service keeps it, for the service's user and for root. */
const SERVICE_STATE_DIR = "/var/lib/chatcode";

/** As the installed service has it; else $XDG_RUNTIME_DIR/chatcode, else ~/.local/state/chatcode; macOS: ~/Library/Application Support. */
function defaultStateDir(env: Env, atHome: (path: string, what: string) => string): string {
  if (Deno.build.os === "darwin") {
    return atHome("Library/Application Support/chatcode", "state folder");
  }
  if (isServiceStateDir()) return SERVICE_STATE_DIR;
  const runtimeDir = env["XDG_RUNTIME_DIR"];
  return runtimeDir ? `${runtimeDir}/chatcode` : atHome(".local/state/chatcode", "state folder");
}

function isServiceStateDir(): boolean {
  try {
    const { isDirectory, uid } = Deno.statSync(SERVICE_STATE_DIR);
    return isDirectory && (uid === Deno.uid() || Deno.uid() === 0);
  } catch {
    return false;
  }
}

function readToken(path: string): string {
  try {
    return readInput(path).trim();
  } catch (cause) {
    throw new ExitError("usage", `Cannot read token file "${path}"`, { cause });
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

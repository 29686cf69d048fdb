import { MAX_BUFFERED_BYTES } from "@chatcode/protocol";
import { parseArgs } from "@std/cli/parse-args";
import { z } from "zod";
import { type AdminCommand, parseAdminCommand } from "./admin/command.ts";
import { ConfigError } from "./config_error.ts";
import type { KvPlace } from "./kv/open.ts";
import { type VoiceConfig, voiceConfig } from "./voice/voice_config.ts";

/** What the relay is told at its start. Nothing else reads environment or flags. */
export interface Config {
  /** `--port`, `CHATCODE_PORT`: where it listens; 0 takes a free port. Default: 8420. */
  readonly port: number;
  /** `--host`, `CHATCODE_HOST`: the address it listens on. Default: 127.0.0.1. */
  readonly host: string;
  /** `--data`, `CHATCODE_DATA`: a folder, or `:memory:`. Default: `.data`; on Deno Deploy its KV. */
  readonly store: KvPlace;
  /** The folder, if the store is in one. */
  readonly dataDir: string | null;
  /** `--public-url`, `CHATCODE_PUBLIC_URL`. Default: where it listens; must be given on Deno Deploy. */
  readonly publicUrl: URL | null;
  /** `--release-url`, `CHATCODE_RELEASE_URL`: of gateways, for "Add a machine". Default: none. */
  readonly releaseUrl: URL | null;
  /** `--preview-origin`, `CHATCODE_PREVIEW_ORIGIN`: for links to files. Default: the public URL. */
  readonly previewOrigin: URL | null;
  /** `--trust-proxy`, `CHATCODE_TRUST_PROXY`: proxies of ours in front. Default: 0. */
  readonly trustedProxies: number;
  /** `--allow-loopback-push`, `CHATCODE_ALLOW_LOOPBACK_PUSH=1`: for tests. Default: false. */
  readonly allowLoopbackPush: boolean;
  /** The Telegram bot; `null`: there is none. */
  readonly telegram: TelegramConfig | null;
  /** `--verbose`, `CHATCODE_VERBOSE=1`: log debug lines too. Default: false. */
  readonly verbose: boolean;
  /** Null: recordings cannot be transcribed. */
  readonly voice: VoiceConfig | null;
  readonly limits: Limits;
}

export interface TelegramConfig {
  /**
   * `--telegram-token-file`, `CHATCODE_TELEGRAM_TOKEN_FILE`, or `CHATCODE_TELEGRAM_TOKEN` where there
   * are no files. Never a flag: others can read command lines.
   */
  readonly token: string;
  /** `--telegram-api-root`, `CHATCODE_TELEGRAM_API_ROOT`. Default: https://api.telegram.org. */
  readonly apiRoot: string;
}

export interface Limits {
  /** `--max-hosts`, `CHATCODE_MAX_HOSTS`: gateway sockets at once. Default: 500. */
  readonly maxHosts: number;
  /** `--max-clients`, `CHATCODE_MAX_CLIENTS`: browser and API sockets at once. Default: 1000. */
  readonly maxClients: number;
  /** `--max-buffered-bytes`, `CHATCODE_MAX_BUFFERED_BYTES`: unsent in one socket. Default: 8 MiB. */
  readonly maxBufferedBytes: number;
}

/** What the command line asks for. */
export type Command =
  | { command: "serve"; config: Config }
  | { command: "admin"; admin: AdminCommand; json: boolean; config: Config }
  | { command: "help" }
  | { command: "version" };

export const DEFAULT_PORT = 8420;
export const DEFAULT_DATA_DIR = ".data";

export const DEFAULT_TELEGRAM_API_ROOT = "https://api.telegram.org";

export const USAGE = `Usage: relay [options]
       relay admin create-gateway --name NAME [--json] [--data DIR]
       relay admin create-api-token --name NAME [--read-only] [--expires-days N] [--json] [--data DIR]
       relay admin sign-in-link [--json] [--data DIR]
       relay admin telegram [--json] [--data DIR]

Each option can also be given in the environment.

  --port N                 CHATCODE_PORT                port; 0 for any free one (default ${DEFAULT_PORT})
  --host ADDRESS           CHATCODE_HOST                address to listen on (default 127.0.0.1)
  --data DIR               CHATCODE_DATA                folder for the store, or :memory: (default ${DEFAULT_DATA_DIR})
  --public-url URL         CHATCODE_PUBLIC_URL          origin under which people reach the relay
  --release-url URL        CHATCODE_RELEASE_URL         where releases of the gateway are, for "Add a machine"
  --preview-origin URL     CHATCODE_PREVIEW_ORIGIN      another origin of this relay, for links to files only
  --trust-proxy N          CHATCODE_TRUST_PROXY         own proxies in front, for client addresses (default 0)
  --max-hosts N            CHATCODE_MAX_HOSTS           gateway sockets at once (default 500)
  --max-clients N          CHATCODE_MAX_CLIENTS         browser and API sockets at once (default 1000)
  --max-buffered-bytes N   CHATCODE_MAX_BUFFERED_BYTES  unsent bytes in one socket (default ${MAX_BUFFERED_BYTES})
  --telegram-token-file F  CHATCODE_TELEGRAM_TOKEN_FILE file that holds the bot's token, or else:
                           CHATCODE_TELEGRAM_TOKEN      the bot's token itself
  --telegram-api-root URL  CHATCODE_TELEGRAM_API_ROOT   (default ${DEFAULT_TELEGRAM_API_ROOT})
  --stt-url URL            CHATCODE_STT_URL             OpenAI-compatible transcription, for voice (default: none)
  --stt-key-file FILE      CHATCODE_STT_KEY_FILE        file with its key; or the key in CHATCODE_STT_KEY
  --stt-model NAME         CHATCODE_STT_MODEL           its model (default whisper-1)
  --stt-language CODE      CHATCODE_STT_LANGUAGE        what is spoken, as en (default: it finds out)
  --allow-loopback-push    CHATCODE_ALLOW_LOOPBACK_PUSH=1
                           for tests: a push service at http://127.0.0.1 may be told
  --verbose                CHATCODE_VERBOSE=1           log debug lines too
  --help, --version`;

const options = z.object({
  port: integer(0, 65535).optional(),
  host: z.string().regex(/^[A-Za-z0-9.:-]+$/, "must be an address").default("127.0.0.1"),
  data: z.string().min(1, "must be a folder").optional(),
  "public-url": z.string().transform(toOrigin).optional(),
  "release-url": z.string().regex(/^[\w.:/-]+$/, "must be a URL without query").transform(toBase)
    .optional(),
  "preview-origin": z.string().transform(toOrigin).optional(),
  "trust-proxy": integer(0, 10).default(0),
  "max-hosts": integer(1, 100_000).default(500),
  "max-clients": integer(1, 100_000).default(1_000),
  "max-buffered-bytes": integer(64 * 1024, 1024 ** 3).default(MAX_BUFFERED_BYTES),
  "telegram-token-file": z.string().min(1, "must be a file").optional(),
  "telegram-api-root": z.string().transform(toOrigin).optional(),
  "stt-url": z.string().transform(toBase).optional(),
  "stt-key-file": z.string().min(1, "must be a file").optional(),
  "stt-model": z.string().regex(/^[\x21-\x7e]{1,200}$/, "must be one word").default("whisper-1"),
  "stt-language": z.string().regex(/^[a-z]{2,3}$/, "must be a code such as en").optional(),
  "allow-loopback-push": onOff(),
  verbose: onOff(),
});

const SWITCHES = ["verbose", "allow-loopback-push"];
const OPTION_NAMES = Object.keys(options.shape).filter((name) => !SWITCHES.includes(name));
const ADMIN_OPTION_NAMES = ["name", "expires-days"];
const ADMIN_SWITCHES = ["json", "read-only"];

/**
 * Reads the command line and the environment; flags win.
 * @throws {ConfigError} in one line, naming the flag or variable at fault
 */
export function parseCommand(
  args: readonly string[] = Deno.args,
  env: Readonly<Record<string, string>> = Deno.env.toObject(),
): Command {
  const isAdmin = args[0] === "admin";
  const parsed = parseArgs(args, {
    string: isAdmin ? [...OPTION_NAMES, ...ADMIN_OPTION_NAMES] : OPTION_NAMES,
    boolean: [...SWITCHES, "help", "version", ...(isAdmin ? ADMIN_SWITCHES : [])],
    unknown: (arg, key) => {
      if (key !== undefined || !isAdmin) throw new ConfigError(`"${arg}" is no option`);
    },
  });
  if (parsed.help === true) return { command: "help" };
  if (parsed.version === true) return { command: "version" };
  const config = configOf(parsed, env);
  if (!isAdmin) return { command: "serve", config };
  const admin = parseAdminCommand(parsed._.slice(1).map(String), parsed);
  return { command: "admin", admin, json: parsed.json === true, config };
}

/** The origin under which people reach a relay that listens on `port`. */
export function publicUrlOf({ publicUrl, host }: Config, port: number): URL {
  if (publicUrl !== null) return publicUrl;
  const isAny = host === "0.0.0.0" || host === "::";
  const name = isAny ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
  return new URL(`http://${name}:${port}/`);
}

function configOf(
  flags: Record<string, unknown>,
  env: Readonly<Record<string, string>>,
): Config {
  const given: Record<string, unknown> = {};
  const source: Record<string, string> = {};
  for (const name of Object.keys(options.shape)) {
    const variable = `CHATCODE_${name.replaceAll("-", "_").toUpperCase()}`;
    const flag = flags[name] === false ? undefined : flags[name];
    if (flag !== undefined) given[name] = flag === true ? "1" : flag;
    else if (env[variable] !== undefined && env[variable] !== "") given[name] = env[variable];
    source[name] = flag === undefined ? variable : `--${name}`;
  }
  const parsed = options.safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ConfigError(`${source[String(issue?.path[0])]} ${issue?.message}`);
  }
  const values = parsed.data;
  const isDeploy = env.DENO_DEPLOYMENT_ID !== undefined || env.DENO_DEPLOY === "1";
  if (isDeploy && values["public-url"] === undefined) {
    throw new ConfigError("CHATCODE_PUBLIC_URL must be set on Deno Deploy");
  }
  const store = placeOf(values.data, isDeploy);
  return Object.freeze({
    port: values.port ?? (isDeploy ? 8000 : DEFAULT_PORT),
    host: isDeploy ? "0.0.0.0" : values.host,
    store: Object.freeze(store),
    dataDir: store.kind === "dir" ? store.path : null,
    publicUrl: values["public-url"] ?? null,
    releaseUrl: values["release-url"] ?? null,
    previewOrigin: values["preview-origin"] ?? null,
    trustedProxies: values["trust-proxy"],
    allowLoopbackPush: values["allow-loopback-push"],
    telegram: telegramOf(
      values["telegram-token-file"],
      env.CHATCODE_TELEGRAM_TOKEN,
      values["telegram-api-root"],
    ),
    verbose: values.verbose,
    voice: voiceOf(values, env.CHATCODE_STT_KEY),
    limits: Object.freeze({
      maxHosts: values["max-hosts"],
      maxClients: values["max-clients"],
      maxBufferedBytes: values["max-buffered-bytes"],
    }),
  });
}

function placeOf(data: string | undefined, isDeploy: boolean): KvPlace {
  if (isDeploy) return { kind: "default" }; // there is no disk that lasts
  if (data === ":memory:") return { kind: "memory" };
  return { kind: "dir", path: data ?? DEFAULT_DATA_DIR };
}

/** What BotFather gives: the bot's id, a colon, a secret. */
const TELEGRAM_TOKEN = /^\d{1,16}:[A-Za-z0-9_-]{8,128}$/;

function telegramOf(
  file: string | undefined,
  inEnvironment: string | undefined,
  apiRoot: URL | undefined,
): TelegramConfig | null {
  const [text, where] = file === undefined
    ? [inEnvironment, "CHATCODE_TELEGRAM_TOKEN"]
    : [readSecret(file, "Telegram token"), "the Telegram token file"];
  if (text === undefined || text.trim() === "") {
    if (file !== undefined) throw new ConfigError(`${where} is empty`);
    return null;
  }
  const token = text.trim();
  if (!TELEGRAM_TOKEN.test(token)) {
    throw new ConfigError(`${where} must hold a bot's token as BotFather gives it`);
  }
  return Object.freeze({ token, apiRoot: apiRoot?.origin ?? DEFAULT_TELEGRAM_API_ROOT });
}

function readSecret(path: string, what: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (cause) {
    throw new ConfigError(`the ${what} file "${path}" cannot be read`, { cause });
  }
}

function voiceOf(
  values: z.infer<typeof options>,
  inEnvironment: string | undefined,
): VoiceConfig | null {
  const url = values["stt-url"];
  if (url === undefined) return null;
  const file = values["stt-key-file"];
  const key = file === undefined
    ? { text: inEnvironment ?? "", where: "CHATCODE_STT_KEY" }
    : { text: readSecret(file, "transcription key"), where: "the transcription key file" };
  if (file !== undefined && key.text.trim() === "") throw new ConfigError(`${key.where} is empty`);
  return voiceConfig({ url, key, model: values["stt-model"], language: values["stt-language"] });
}

function integer(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z.string().regex(/^\d{1,12}$/, message).transform(Number)
    .refine((value) => value >= min && value <= max, message);
}

function onOff() {
  return z.enum(["", "0", "1"], "must be 0 or 1").default("").transform((text) => text === "1");
}

/** Cookies and links count for the whole origin, so a path would promise what is not kept. */
function toOrigin(text: string, context: z.RefinementCtx): URL {
  const url = URL.parse(text);
  const isOrigin = url !== null && ["http:", "https:"].includes(url.protocol) &&
    url.pathname === "/" && url.search === "" && url.hash === "" &&
    url.username === "" && url.password === "";
  if (isOrigin) return url;
  context.addIssue({
    code: "custom",
    message: "must be an origin such as https://chatcode.example",
  });
  return z.NEVER;
}

function toBase(text: string, context: z.RefinementCtx): URL {
  const url = URL.parse(text);
  const isBase = url !== null && ["http:", "https:"].includes(url.protocol) &&
    url.search === "" && url.hash === "" && url.username === "" && url.password === "";
  if (isBase) return url;
  context.addIssue({ code: "custom", message: "must be a URL such as https://api.openai.com/v1" });
  return z.NEVER;
}

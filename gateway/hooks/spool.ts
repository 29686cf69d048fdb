import type { Log } from "@chatcode/kit";
import { type AgentId, agentId } from "@chatcode/protocol";
import type { Env } from "../agents/agent.ts";
import { dataFolder } from "../host/data_folder.ts";
import { HOOK_END, HOOK_SCRIPT, MAX_HOOK_BYTES, MAX_SPOOLED } from "./hook_script.ts";

/** One call of an agent's hook. */
export interface HookCall {
  readonly agent: AgentId;
  /** tmux's id of the pane it ran in, such as `%3`. */
  readonly pane: string;
  readonly atMs: number;
  /** As the agent gave it; of one that was too long, the fields that could be made out. */
  readonly payload: unknown;
}

export interface SpoolOptions {
  /** Holds `hook.sh` and the spools of all tmux servers; see `hooksFolder()`. */
  readonly folder: string;
  /** tmux's `-L` name. */
  readonly tmuxSocket: string;
  readonly onCall: (call: HookCall) => void;
  readonly log: Log;
  /** Between two looks when nothing is heard, in milliseconds. Default: 2,000. */
  readonly pollMs?: number;
}

/** What is not whole after this was left by a hook that was killed, in milliseconds. */
const UNFINISHED_MS = 10_000;

/** Takes up what hooks have left, what came while no gateway ran too, and deletes it. */
export class Spool implements AsyncDisposable {
  readonly #options: SpoolOptions;
  readonly #path: string;
  readonly #watcher: Deno.FsWatcher | undefined;
  readonly #timer: ReturnType<typeof setInterval>;
  #watching: Promise<void> = Promise.resolve();

  private constructor(options: SpoolOptions) {
    this.#options = options;
    this.#path = `${options.folder}/spool/${options.tmuxSocket}`;
    Deno.mkdirSync(this.#path, { recursive: true, mode: 0o700 });
    writeScript(`${options.folder}/hook.sh`);
    this.#watcher = watch(this.#path);
    this.#timer = setInterval(() => this.look(), options.pollMs ?? 2_000);
  }

  /** Makes the folder and the script. @throws whatever the file system says */
  static open(options: SpoolOptions): Spool {
    const spool = new Spool(options);
    spool.look();
    spool.#watching = spool.#watch();
    return spool;
  }

  /** Takes what lies there, oldest first. */
  look(): void {
    for (const { name, atMs } of this.#waiting()) {
      const path = `${this.#path}/${name}`;
      const text = readText(path);
      // Being written: the end of it is heard of too. Or its writer was killed.
      if (text?.endsWith(HOOK_END) === false && Date.now() - atMs < UNFINISHED_MS) continue;
      remove(path);
      const call = text === undefined ? undefined : readCall(text, atMs);
      if (call !== undefined) this.#options.onCall(call);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    try {
      this.#watcher?.close();
    } catch {
      // It is closed.
    }
    await this.#watching;
  }

  async #watch(): Promise<void> {
    if (this.#watcher === undefined) return;
    for await (const event of this.#watcher) {
      if (event.paths.some((path) => path.endsWith(".hook"))) this.look();
    }
  }

  #waiting(): { name: string; atMs: number }[] {
    const found: { name: string; atMs: number }[] = [];
    try {
      for (const { name, isFile } of Deno.readDirSync(this.#path)) {
        if (!isFile || found.length > 2 * MAX_SPOOLED) continue;
        const { mtime } = Deno.lstatSync(`${this.#path}/${name}`);
        const atMs = mtime?.getTime() ?? Date.now();
        if (name.endsWith(".hook")) found.push({ name, atMs });
      }
    } catch (error) {
      this.#options.log.warn("hooks.spool_failed", { error });
    }
    return found.sort((a, b) => a.atMs - b.atMs);
  }
}

/** Where hook and spools lie; it must outlive restarts, since agents' settings name it. */
export function hooksFolder(env: Env): string {
  return `${dataFolder(env)}/hooks`;
}

function writeScript(path: string): void {
  try {
    if (Deno.readTextFileSync(path) === HOOK_SCRIPT) return;
  } catch {
    // It is not there yet.
  }
  const draft = `${path}.${crypto.randomUUID()}`;
  Deno.writeTextFileSync(draft, HOOK_SCRIPT, { mode: 0o700 });
  Deno.renameSync(draft, path);
}

function watch(path: string): Deno.FsWatcher | undefined {
  try {
    return Deno.watchFs(path, { recursive: false });
  } catch {
    return undefined; // out of watches: the slow look must do
  }
}

/** What does not fit, or is no plain file, is dropped. */
function readText(path: string): string | undefined {
  try {
    const { size, isFile } = Deno.lstatSync(path);
    return isFile && size <= MAX_HOOK_BYTES + 1024 ? Deno.readTextFileSync(path) : undefined;
  } catch {
    return undefined;
  }
}

/** Whoever may write there is the user; what does not fit is dropped all the same. */
function readCall(text: string, atMs: number): HookCall | undefined {
  const end = text.indexOf("\n");
  const [, agent, pane] = /^(\S+) (%\d{1,9})$/.exec(text.slice(0, end)) ?? [];
  const id = agentId.safeParse(agent);
  const payload = parsePayload(text.slice(end + 1).replace(HOOK_END, ""));
  if (!id.success || pane === undefined || payload === undefined) return undefined;
  return { agent: id.data, pane, atMs, payload };
}

const FIELDS = [
  "session_id",
  "transcript_path",
  "cwd",
  "hook_event_name",
  "tool_name",
  "notification_type",
  "source",
  "reason",
];

function parsePayload(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Cut off, most likely: who and where stands at its beginning.
  }
  const found = FIELDS.flatMap((field): [string, string][] => {
    const [, value] = new RegExp(`"${field}"\\s*:\\s*"([^"\\\\]{1,1000})"`).exec(text) ?? [];
    return value === undefined ? [] : [[field, value]];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

function remove(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It is gone, or cannot be: the next look tries again.
  }
}

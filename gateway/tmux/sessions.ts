import { endGroups, terminalGroups } from "../host/process_groups.ts";
import type { Tmux } from "./server.ts";
import { isGone, TmuxError } from "./error.ts";
import { literalArgument, quote } from "./quote.ts";
import { decodeFacts, encodeFacts, FACT_OPTIONS, type SessionFacts } from "./session_facts.ts";

/** What may name a session, here and in tmux: tmux rewrites or misreads most other characters. */
export const SESSION_ID = /^[A-Za-z0-9-][A-Za-z0-9_-]{0,63}$/;

export interface TmuxSession extends SessionFacts {
  readonly id: string;
  /** The program in the foreground of the active pane, as tmux names it. */
  readonly foreground: string;
  /** tmux's own id of the active pane, such as `%3`. */
  readonly pane: string;
  /** As the program in the pane set it. */
  readonly paneTitle: string;
  /** The pane's first process, which is the shell or the command itself. */
  readonly pid: number;
  readonly cols: number;
  readonly rows: number;
  /** tmux clients attached, of this gateway or by hand. */
  readonly clients: number;
  /** Lines above the visible screen. */
  readonly historySize: number;
  /** The last input or output, to the second. */
  readonly activeAtMs: number;
}

export interface StartOptions {
  readonly id: string;
  readonly title: string;
  /** argv; empty: the user's login shell. */
  readonly command: readonly string[];
  /** What runs in the command's place: the same with more around it. Default: `command`. */
  readonly argv?: readonly string[];
  /** An absolute path of a folder. */
  readonly cwd: string;
  readonly cols: number;
  readonly rows: number;
  /** On top of the server's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly createdAtMs?: number;
}

export type SessionNews =
  | { type: "started"; session: TmuxSession }
  | { type: "ended"; id: string };

const FIELDS = [
  "session_name",
  "pane_id",
  "pane_title",
  "pane_pid",
  "window_width",
  "window_height",
  "session_attached",
  "history_size",
  "session_activity",
  "window_activity",
  "session_created",
  "pane_current_path",
  "pane_current_command",
  ...FACT_OPTIONS,
] as const;
type Field = (typeof FIELDS)[number];

/** The sessions of the private tmux server. Whoever starts them, tmux holds the truth. */
export class TmuxSessions implements AsyncDisposable {
  readonly #tmux: Tmux;
  readonly #listeners = new Set<(news: SessionNews) => void>();
  readonly #subscription: Disposable;
  #known = new Set<string>();
  /** One look at a time: each answer is compared with the one before. */
  #looking: Promise<unknown> = Promise.resolve();
  readonly #ending = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  private constructor(tmux: Tmux) {
    this.#tmux = tmux;
    this.#subscription = tmux.control.subscribe((news) => {
      // After a lost connection anything may have changed.
      const changed = news.type === "ready" ||
        (news.type === "notification" && news.name === "sessions-changed");
      if (changed) this.#look().catch(() => {}); // a dead server answers with "ready" later
    });
  }

  /** Begins with what is there; `subscribe()` tells of changes from then on. */
  static async open(tmux: Tmux): Promise<TmuxSessions> {
    const sessions = new TmuxSessions(tmux);
    await sessions.list();
    return sessions;
  }

  subscribe(listener: (news: SessionNews) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Every session, by id. @throws {TmuxError} TMUX_FAILED */
  list(): Promise<TmuxSession[]> {
    return this.#look();
  }

  async get(id: string): Promise<TmuxSession | undefined> {
    return (await this.list()).find((session) => session.id === id);
  }

  /**
   * Starts a session, or finds the one of that id: asking twice starts one.
   * @throws {TmuxError} FOLDER_NOT_FOUND or TMUX_FAILED
   * @throws {RangeError} if the id is not a session's
   */
  async start(options: StartOptions): Promise<{ state: "started" | "found"; id: string }> {
    const { id, title, command, cwd, cols, rows, env = {}, createdAtMs = Date.now() } = options;
    const argv = options.argv ?? command;
    checkId(id);
    if (await this.#tmux.commands.hasSession(id)) return { state: "found", id };
    // tmux would quietly start in the home folder instead.
    if (!(await isFolder(cwd))) {
      throw new TmuxError("FOLDER_NOT_FOUND", `Cannot start "${id}": no folder "${cwd}"`);
    }
    const size = ["-x", String(cols), "-y", String(rows)];
    const facts = encodeFacts({ title, command, cwd, createdAtMs });
    const { ok, message } = await this.#tmux.commands.run([
      ...["new-session", "-d", "-s", id, ...size, "-c", literalArgument(cwd)],
      ...Object.entries(env).flatMap((
        [name, value],
      ) => ["-e", literalArgument(`${name}=${value}`)]),
      ...(argv.length === 0 ? [] : ["--", ...commandArguments(argv)]),
      ...Object.entries(facts).flatMap((
        [option, value],
      ) => [";", "set-option", "-t", `=${id}:`, option, value]),
      // Fixes the window's size: from here on only the gateway changes it.
      ...[";", "resize-window", "-t", `=${id}:`, ...size],
    ]);
    if (ok) return { state: "started", id };
    if (message.startsWith("duplicate session")) return { state: "found", id };
    throw new TmuxError("TMUX_FAILED", `Cannot start "${id}": ${message}`);
  }

  /** Changes the title; the id stays. @throws {TmuxError} SESSION_NOT_FOUND */
  async rename(id: string, title: string): Promise<void> {
    checkId(id);
    const value = encodeFacts({ title, command: [], cwd: "", createdAtMs: 0 })["@cc_title"];
    await this.#tmux.control.run(`set-option -t ${quote(`=${id}:`)} @cc_title ${quote(value)}`);
  }

  /**
   * Kills the session and what runs in it; a program that ignores the end of its terminal is gone a
   * few seconds later. Answers whether there was one.
   */
  async end(id: string): Promise<boolean> {
    checkId(id);
    const panes = await this.#tmux.commands.run([
      ...["list-panes", "-s", "-t", `=${id}:`, "-F", "#{pane_pid}"],
    ]);
    const pids = panes.ok ? panes.stdout.split("\n").filter(Boolean).map(Number) : [];
    const groups = (await Promise.all(pids.map(terminalGroups))).flat();
    const { ok, message } = await this.#tmux.commands.run(["kill-session", "-t", `=${id}`]);
    if (ok) {
      const ending = endGroups(groups, { signal: this.#closing.signal });
      this.#ending.add(ending);
      ending.finally(() => this.#ending.delete(ending));
      return true;
    }
    if (isGone(message)) return false;
    throw new TmuxError("TMUX_FAILED", `Cannot end "${id}": ${message}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscription[Symbol.dispose]();
    this.#listeners.clear();
    this.#closing.abort();
    await Promise.all([this.#looking, ...this.#ending]);
  }

  #look(): Promise<TmuxSession[]> {
    const look = this.#looking.then(() => this.#lookNow());
    this.#looking = look.catch(() => {});
    return look;
  }

  async #lookNow(): Promise<TmuxSession[]> {
    // Nobody can forge a separator that did not exist before this call.
    const mark = `|${crypto.randomUUID()}|`;
    const format = FIELDS.map((field) => `#{${field}}`).join(mark) + mark;
    const sessions = parseList(await this.#printed(format), mark);
    this.#compare(sessions);
    return sessions;
  }

  /** By the connection that stays: the list is asked for all the time. */
  async #printed(format: string): Promise<string> {
    try {
      const [lines = []] = await this.#tmux.control.run(`list-sessions -F ${quote(format)}`);
      return lines.join("\n");
    } catch (error) {
      if (error instanceof TmuxError && error.code === "SESSION_NOT_FOUND") return "";
      throw error;
    }
  }

  #compare(sessions: readonly TmuxSession[]): void {
    const before = this.#known;
    this.#known = new Set(sessions.map((session) => session.id));
    for (const id of before) {
      if (!this.#known.has(id)) this.#emit({ type: "ended", id });
    }
    for (const session of sessions) {
      if (!before.has(session.id)) this.#emit({ type: "started", session });
    }
  }

  #emit(news: SessionNews): void {
    for (const listener of [...this.#listeners]) listener(news);
  }
}

function parseList(stdout: string, mark: string): TmuxSession[] {
  const values = stdout.split(mark);
  const sessions: TmuxSession[] = [];
  for (let at = 0; at + FIELDS.length <= values.length; at += FIELDS.length) {
    const value = (field: Field) => values[at + FIELDS.indexOf(field)] ?? "";
    const number = (field: Field) => Number(value(field)) || 0;
    const id = value("session_name").trim(); // the line end of the session before
    if (!SESSION_ID.test(id)) continue;
    const facts = decodeFacts(FACT_OPTIONS.map(value), {
      title: id,
      command: [],
      cwd: value("pane_current_path"),
      createdAtMs: number("session_created") * 1000,
    });
    sessions.push({
      id,
      ...facts,
      pane: value("pane_id"),
      paneTitle: value("pane_title"),
      foreground: value("pane_current_command"),
      pid: number("pane_pid"),
      cols: number("window_width"),
      rows: number("window_height"),
      clients: number("session_attached"),
      historySize: number("history_size"),
      activeAtMs: Math.max(number("session_activity"), number("window_activity")) * 1000,
    });
  }
  return sessions.sort((a, b) => a.id < b.id ? -1 : 1);
}

/** tmux hands a single argument to a shell, and runs several as they are. */
function commandArguments(command: readonly string[]): string[] {
  if (command.length > 1) return command.map(literalArgument);
  return [`exec '${(command[0] ?? "").replaceAll("'", `'\\''`)}'`];
}

function checkId(id: string): void {
  if (!SESSION_ID.test(id)) throw new RangeError(`Cannot name a session "${id}"`);
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch {
    return false;
  }
}

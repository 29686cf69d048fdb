import type { Log } from "@chatcode/kit";
import {
  type AgentId,
  agentId,
  columns,
  type HostId,
  rows,
  type Session,
  sessionId,
  sessionTitle,
} from "@chatcode/protocol";
import * as z from "zod";

/** What is kept of a session with an agent, so that it can be resumed. */
const entrySchema = z.object({
  id: sessionId,
  title: sessionTitle,
  command: z.array(z.string()),
  cwd: z.string(),
  cols: columns,
  rows,
  createdAtMs: z.int(),
  activeAtMs: z.int(),
  agent: agentId,
  conversation: z.string(),
});
type Entry = z.infer<typeof entrySchema>;

const bookSchema = z.object({
  /** The tmux server in which `live` ran. */
  server: z.string(),
  live: z.array(entrySchema),
  lost: z.array(entrySchema),
});
type Book = z.infer<typeof bookSchema>;

/** Lost sessions that are shown; the oldest are forgotten first. */
export const MAX_LOST = 50;
/** And for so long, in milliseconds. */
export const LOST_KEPT_MS = 30 * 24 * 3600_000;
/** That a session is active again is written no more often than this, in milliseconds. */
const ACTIVE_NEWS_MS = 60_000;

/**
 * Remembers the sessions with an agent, over restarts of the machine too: those whose tmux server is
 * gone, and that nobody ended, are lost, and can be resumed. SPEC [SE7].
 */
export class SessionBook {
  readonly #path: string;
  readonly #host: HostId;
  readonly #log: Log;
  #book: Book;
  #isFailing = false;

  private constructor(path: string, { host, log }: { host: HostId; log: Log }) {
    this.#path = path;
    this.#host = host;
    this.#log = log;
    this.#book = read(path);
  }

  /** The file may be missing, and its folder. */
  static open(path: string, options: { host: HostId; log: Log }): SessionBook {
    return new SessionBook(path, options);
  }

  /** The sessions of this tmux server as they are now, and behind them the lost ones. */
  withLost(live: readonly Session[], server: string): Session[] {
    const book = this.#book;
    const ids = new Set<string>(live.map(({ id }) => id));
    // In the same server what is no longer there has ended; another one never had it.
    const gone = server === book.server ? [] : book.live.filter(({ id }) => !ids.has(id));
    const sinceMs = Date.now() - LOST_KEPT_MS;
    const followed = live.flatMap(entryOf);
    const lost = [...book.lost, ...gone].filter((entry) =>
      !ids.has(entry.id) && entry.activeAtMs >= sinceMs &&
      !followed.some((each) => isSameTalk(each, entry))
    ).slice(-MAX_LOST);
    this.#set({ server, live: followed, lost });
    return [...live, ...lost.map((entry) => lostSession(entry, this.#host))];
  }

  /** It goes on in another session. */
  resumed(agent: AgentId, conversation: string): void {
    const isIt = (entry: Entry) => entry.agent === agent && entry.conversation === conversation;
    this.#set({ ...this.#book, lost: this.#book.lost.filter((entry) => !isIt(entry)) });
  }

  /** Nobody wants it back. @returns whether it was lost */
  forget(id: string): boolean {
    const lost = this.#book.lost.filter((entry) => entry.id !== id);
    const wasLost = lost.length < this.#book.lost.length;
    if (wasLost) this.#set({ ...this.#book, lost });
    return wasLost;
  }

  #set(book: Book): void {
    const before = this.#book;
    if (isOldNews(before, book)) return;
    this.#book = book;
    try {
      const folder = this.#path.slice(0, this.#path.lastIndexOf("/"));
      Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
      Deno.writeTextFileSync(`${this.#path}.draft`, JSON.stringify(book), { mode: 0o600 });
      Deno.renameSync(`${this.#path}.draft`, this.#path);
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) this.#log.warn("sessions.book_failed", { error });
      this.#isFailing = true;
    }
  }
}

function entryOf(session: Session): Entry[] {
  const { id, title, command, cwd, cols, rows, createdAtMs, activeAtMs } = session;
  const { agent, conversation } = session;
  if (agent === undefined || conversation === undefined) return [];
  return [{ id, title, command, cwd, cols, rows, createdAtMs, activeAtMs, agent, conversation }];
}

function lostSession(entry: Entry, host: HostId): Session {
  return { ...entry, host, status: "lost", resumable: true, foreground: "", viewers: 0 };
}

/** The same conversation, so that one was resumed as the other. */
function isSameTalk(a: Entry, b: Entry): boolean {
  return a.agent === b.agent && a.conversation === b.conversation;
}

/** Apart from when sessions were active, which changes all the time. */
function isOldNews(before: Book, now: Book): boolean {
  const plain = ({ server, live, lost }: Book) =>
    JSON.stringify([server, live.map((entry) => ({ ...entry, activeAtMs: 0 })), lost]);
  const isRecent = now.live.every(({ activeAtMs }, at) =>
    activeAtMs - (before.live[at]?.activeAtMs ?? 0) < ACTIVE_NEWS_MS
  );
  return isRecent && plain(before) === plain(now);
}

function read(path: string): Book {
  try {
    return bookSchema.parse(JSON.parse(Deno.readTextFileSync(path)));
  } catch {
    return { server: "", live: [], lost: [] }; // there is none yet, or it is not ours to understand
  }
}

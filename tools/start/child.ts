import { systemClock, withDeadline } from "../../kit/mod.ts";

/** How long a child may take to stop by itself, in milliseconds. */
export const STOP_MS = 5_000;
const LAST_WORDS_MAX = 20;
const LINE_MAX = 16 * 1024;

export interface ChildOptions {
  /** What people read: `relay`, `gateway`. */
  readonly name: string;
  /** The program; the one that runs us is the default. */
  readonly program?: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Each line of its output, without the line end. */
  readonly onLine?: (line: string) => void;
  /** How long it may take to stop by itself. Default: `STOP_MS`. */
  readonly stopMs?: number;
}

export interface ChildEnd {
  readonly status: number;
  /** The last lines that tell why, for people. */
  readonly why: string;
}

/** A fields object that the child logged. */
export type ChildEvent = Readonly<Record<string, unknown>>;

/** The child ended before it did what was waited for. */
export class ChildEndedError extends Error {
  override readonly name = "ChildEndedError";
  constructor(readonly end: ChildEnd, name: string) {
    super(`The ${name} ended with status ${end.status}: ${end.why}`);
  }
}

/** A process of its own, in a process group of its own: Ctrl-C reaches only us, and we stop it. */
export class Child implements AsyncDisposable {
  readonly pid: number;
  /** Resolves when the process is gone and all its output is read; never rejects. */
  readonly ended: Promise<ChildEnd>;
  readonly #name: string;
  readonly #stopMs: number;
  readonly #process: Deno.ChildProcess;
  readonly #events = new Map<string, ChildEvent>();
  readonly #waiting = new Map<string, PromiseWithResolvers<ChildEvent>>();
  readonly #lastWords: string[] = [];
  #over = false;

  constructor(options: ChildOptions) {
    const { name, program = Deno.execPath(), args, env, onLine } = options;
    this.#name = name;
    this.#stopMs = options.stopMs ?? STOP_MS;
    this.#process = new Deno.Command(program, {
      args: [...args],
      env: { NO_COLOR: "1", ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      detached: true,
    }).spawn();
    this.pid = this.#process.pid;
    const { stdout, stderr } = this.#process;
    const output = [stdout, stderr].map((stream) =>
      eachLine(stream, (line) => {
        this.#note(line);
        onLine?.(line);
      })
    );
    this.ended = this.#watch(output);
  }

  /**
   * The fields that the child logs with `event`, or has logged already.
   * @throws {ChildEndedError} if it ends first
   * @throws {DeadlineError} if it takes longer than `deadlineMs` (default: however long it takes)
   */
  async event(event: string, deadlineMs?: number): Promise<ChildEvent> {
    const seen = this.#events.get(event);
    if (seen) return seen;
    const waiting = this.#waiting.get(event) ?? Promise.withResolvers<ChildEvent>();
    this.#waiting.set(event, waiting);
    const ended = this.ended.then((end) => {
      throw new ChildEndedError(end, this.#name);
    });
    const first = Promise.race([waiting.promise, ended]);
    if (deadlineMs === undefined) return await first;
    return await withDeadline(first, deadlineMs, `the ${this.#name}'s "${event}"`);
  }

  /** SIGTERM, then SIGKILL if that does not do. Safe twice, and after its end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal("SIGTERM");
    using _hard = systemClock.setTimer(() => this.#signal("SIGKILL"), this.#stopMs);
    await this.ended;
  }

  async #watch(output: readonly Promise<void>[]): Promise<ChildEnd> {
    const { code } = await this.#process.status;
    this.#over = true;
    await Promise.all(output);
    return { status: code, why: this.#lastWords.join("\n") || "it said nothing" };
  }

  #signal(signal: Deno.Signal): void {
    if (this.#over) return;
    try {
      this.#process.kill(signal);
    } catch {
      // It ended in this very moment.
    }
  }

  #note(line: string): void {
    const event = parseEvent(line);
    if (event === undefined) return this.#remember(line);
    const name = String(event.event);
    if (event.level === "error") this.#remember(errorText(event));
    this.#events.set(name, event);
    this.#waiting.get(name)?.resolve(event);
  }

  #remember(line: string): void {
    if (line.trim() === "") return;
    this.#lastWords.push(line);
    if (this.#lastWords.length > LAST_WORDS_MAX) this.#lastWords.shift();
  }
}

function parseEvent(line: string): ChildEvent | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    const isEvent = typeof value === "object" && value !== null && "event" in value;
    return isEvent ? value as ChildEvent : undefined;
  } catch {
    return undefined;
  }
}

function errorText({ time: _time, level: _level, event, ...fields }: ChildEvent): string {
  const { message, ...rest } = fields;
  if (typeof message === "string") return message;
  return `${event} ${JSON.stringify(rest)}`;
}

async function eachLine(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onLine: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = (lines.pop() ?? "").slice(-LINE_MAX); // a line without an end must not fill the memory
    for (const line of lines) onLine(line);
  }
  if (rest !== "") onLine(rest);
}

import { waitFor } from "../../kit/testing/wait_for.ts";

/** One line that a process wrote: a log line's fields, or `{text}` if it is no JSON object. */
export interface OutputLine {
  readonly event?: string;
  readonly text?: string;
  /** When it was read, by `performance.now()`. */
  readonly readAtMs: number;
  readonly [field: string]: unknown;
}

export interface ChildOptions {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Whether `env` is its whole environment. Default: it adds to this process's own. */
  readonly clearEnv?: boolean;
  readonly cwd?: string | URL;
  /** Default: this Deno. */
  readonly program?: string;
}

/** Lines kept of each child, to say in a failure what it wrote last. */
const KEPT_LINES = 2_000;
/** What a child may take to stop before it is killed, in milliseconds. */
const STOP_LIMIT_MS = 8_000;

/** A real process whose output lines are read as they come. */
export class Child implements AsyncDisposable {
  readonly startedAtMs = performance.now();
  readonly #process: Deno.ChildProcess;
  readonly #lines: OutputLine[] = [];
  readonly #reading: Promise<unknown>;
  #dropped = 0;
  #status: Deno.CommandStatus | undefined;

  constructor(readonly name: string, options: ChildOptions) {
    this.#process = new Deno.Command(options.program ?? Deno.execPath(), {
      args: [...options.args],
      ...(options.env && { env: { ...options.env } }),
      clearEnv: options.clearEnv ?? false,
      ...(options.cwd && { cwd: options.cwd }),
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#reading = Promise.all([
      this.#read(this.#process.stdout),
      this.#read(this.#process.stderr),
      this.#process.status.then((status) => this.#status = status),
    ]);
  }

  get pid(): number {
    return this.#process.pid;
  }

  get running(): boolean {
    return this.#status === undefined;
  }

  /** What it wrote so far, stdout and stderr mixed as they came. */
  get lines(): readonly OutputLine[] {
    return this.#lines;
  }

  /** Counts lines, also those no longer kept: a mark for `event()`. */
  get written(): number {
    return this.#dropped + this.#lines.length;
  }

  /** Resolves with how the process ended, when its output was read to the end too. */
  async ended(): Promise<Deno.CommandStatus> {
    await this.#reading;
    return await this.#process.status;
  }

  /** The first line of that event since `after` (a value of `written`). */
  async event(name: string, after = 0, deadlineMs = 60_000): Promise<OutputLine> {
    return await this.line((line) => line.event === name, `"${name}"`, { after, deadlineMs });
  }

  /** The first line that `fits`; `what` names it in a failure. */
  async line(
    fits: (line: OutputLine) => boolean,
    what: string,
    { after = 0, deadlineMs = 60_000 } = {},
  ): Promise<OutputLine> {
    const found = () => this.#lines.slice(Math.max(0, after - this.#dropped)).find(fits);
    await waitFor(() => found() ?? !this.running, {
      what: `${this.name} to say ${what}`,
      deadlineMs,
    }).catch((cause) => {
      throw new Error(`${cause.message}. It wrote last:\n${this.tail()}`, { cause });
    });
    const line = found();
    if (line !== undefined) return line;
    await this.#reading;
    throw new Error(`${this.name} ended instead of saying ${what}. It wrote last:\n${this.tail()}`);
  }

  /** Its last lines, for a failure's message. */
  tail(count = 15): string {
    return this.#lines.slice(-count).map((line) => line.text ?? JSON.stringify(line)).join("\n");
  }

  signal(signal: Deno.Signal): void {
    if (this.running) this.#process.kill(signal);
  }

  /** SIGKILL, and waits until it is gone. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.ended();
  }

  /** SIGINT as a person would; SIGKILL if that does not end it. @returns whether it obeyed */
  async stop(): Promise<boolean> {
    this.signal("SIGINT");
    let obeyed = true;
    const timer = setTimeout(() => {
      obeyed = false;
      this.signal("SIGKILL");
    }, STOP_LIMIT_MS);
    await this.ended();
    clearTimeout(timer);
    return obeyed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#keep(line);
    }
    if (rest !== "") this.#keep(rest);
  }

  #keep(text: string): void {
    this.#lines.push(parseLine(text));
    if (this.#lines.length <= KEPT_LINES) return;
    this.#lines.shift();
    this.#dropped += 1;
  }
}

function parseLine(text: string): OutputLine {
  const readAtMs = performance.now();
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) {
      return { ...parsed, readAtMs };
    }
  } catch {
    // Not a log line: kept as it stands.
  }
  return { text, readAtMs };
}

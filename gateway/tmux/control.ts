import { type Clock, Redial, sleep, systemClock, withDeadline } from "@chatcode/kit";
import type { TmuxCommands } from "./commands.ts";
import { KEEPER } from "./conf.ts";
import { type ControlEvent, ControlParser } from "./control_parser.ts";
import { isGone, TmuxError } from "./error.ts";
import { smallReads } from "./small_reads.ts";

export type ControlNews =
  | { type: "ready" } // also after a restart: what was under way is now known to be done or lost
  | { type: "lost" }
  | { type: "notification"; name: string; text: string };

export interface ControlOptions {
  readonly commands: TmuxCommands;
  /** Makes sure that server and keeper session are up; called before each connection. */
  readonly ensureServer: () => Promise<void>;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** Lines that may wait for an answer at once. */
export const MAX_PENDING_LINES = 4096;

const CONNECT_DEADLINE_MS = 10_000;

interface Pending {
  /** Blocks that are still to come: one for each command of the line, fewer after an error. */
  left: number;
  readonly outputs: string[][];
  readonly resolve: (outputs: string[][]) => void;
  readonly reject: (error: TmuxError) => void;
}

/**
 * A connection that stays: one `tmux -C` client for commands that must be quick and in order. It
 * restarts itself, and the server with it, until it is disposed.
 *
 * "Ready" promises more than connected: no earlier control client (of a gateway that was killed,
 * say) is left, so nothing it was told can still take effect.
 */
export class TmuxControl implements AsyncDisposable {
  readonly #options: ControlOptions;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  readonly #listeners = new Set<(news: ControlNews) => void>();
  #pending: Pending[] = [];
  #client: Client | undefined;
  #ready = Promise.withResolvers<void>();
  #running: Promise<void>;

  private constructor(options: ControlOptions, first: Client) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#running = this.#keepUp(first);
  }

  /** @throws {TmuxError} if the first connection fails */
  static async open(options: ControlOptions): Promise<TmuxControl> {
    await options.ensureServer();
    return new TmuxControl(options, await Client.connect(options.commands));
  }

  /** Resolves as soon as lines run again. @throws {TmuxError} CLOSED once disposed */
  ready(): Promise<void> {
    return this.#ready.promise;
  }

  subscribe(listener: (news: ControlNews) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /**
   * Runs commands, each quoted already, as one line: in order, with nothing in between, and none
   * after one that fails. Lines run in the order of the calls.
   * @returns the output lines of each command
   * @throws {TmuxError} SESSION_NOT_FOUND or TMUX_FAILED if one failed; CONTROL_LOST if the client
   * died before the answer, so that the line may or may not have run; CONTROL_BUSY; CLOSED
   */
  run(...commands: [string, ...string[]]): Promise<string[][]> {
    const line = commands.join(" ; ");
    if (line.trim() === "" || line.includes("\n")) {
      throw new TypeError("Cannot run in tmux: not one line");
    }
    const client = this.#client;
    if (client === undefined) {
      const code = this.#closing.signal.aborted ? "CLOSED" : "CONTROL_LOST";
      return Promise.reject(new TmuxError(code, `Cannot run in tmux: ${code}`));
    }
    if (this.#pending.length >= MAX_PENDING_LINES) {
      return Promise.reject(new TmuxError("CONTROL_BUSY", "Cannot run in tmux: CONTROL_BUSY"));
    }
    const { promise, resolve, reject } = Promise.withResolvers<string[][]>();
    this.#pending.push({ left: commands.length, outputs: [], resolve, reject });
    client.write(line + "\n");
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#client?.close();
    await this.#running;
  }

  async #keepUp(first: Client): Promise<void> {
    const { signal } = this.#closing;
    const redial = new Redial({
      baseMs: 50,
      capMs: 5_000,
      stableMs: 10_000,
      clock: this.#clock,
      ...(this.#options.random === undefined ? {} : { random: this.#options.random }),
    });
    for (let client: Client | undefined = first;;) {
      if (client !== undefined) {
        redial.accepted();
        await this.#serve(client);
      }
      if (signal.aborted) break;
      try {
        await sleep(this.#clock, redial.next(), signal);
        await this.#options.ensureServer();
        client = await Client.connect(this.#options.commands);
      } catch {
        client = undefined; // it is tried again for as long as we live
      }
      if (signal.aborted) {
        client?.close();
        await client?.gone;
        break;
      }
    }
    this.#ready.promise.catch(() => {}); // nobody has to be waiting
    this.#ready.reject(new TmuxError("CLOSED", "Cannot run in tmux: CLOSED"));
  }

  /** From ready to lost. */
  async #serve(client: Client): Promise<void> {
    if (this.#closing.signal.aborted) client.close();
    this.#client = client;
    client.onEvent = (event) => this.#onEvent(event);
    this.#ready.resolve();
    this.#emit({ type: "ready" });
    await client.gone;
    this.#client = undefined;
    const closed = this.#closing.signal.aborted;
    this.#ready = Promise.withResolvers();
    const lost = this.#pending;
    this.#pending = [];
    const code = closed ? "CLOSED" : "CONTROL_LOST";
    for (const { reject } of lost) reject(new TmuxError(code, `Cannot run in tmux: ${code}`));
    this.#emit({ type: "lost" });
  }

  #onEvent(event: ControlEvent): void {
    if (event.type === "notification") return this.#emit(event);
    if (!event.ours) return;
    const head = this.#pending[0];
    if (head === undefined) return;
    head.outputs.push(event.lines);
    head.left -= 1;
    if (event.ok && head.left > 0) return;
    this.#pending.shift();
    if (event.ok) return head.resolve(head.outputs);
    const message = event.lines.join(" ");
    const code = isGone(message) ? "SESSION_NOT_FOUND" : "TMUX_FAILED";
    head.reject(new TmuxError(code, `Cannot run in tmux: ${message}`));
  }

  #emit(news: ControlNews): void {
    for (const listener of [...this.#listeners]) listener(news);
  }
}

/** One `tmux -C` process, attached to the keeper session. */
class Client {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #encoder = new TextEncoder();
  /** Resolves when the process is gone and all it said was handled. */
  readonly gone: Promise<void>;
  onEvent: (event: ControlEvent) => void = () => {};

  private constructor(commands: TmuxCommands) {
    const [binary, ...args] = commands.argv(
      ["-C", "attach-session", "-t", `=${KEEPER}`, "-f", "no-output,ignore-size"],
    );
    this.#child = new Deno.Command(binary, {
      args,
      env: commands.env,
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.gone = this.#read();
  }

  static async connect(commands: TmuxCommands): Promise<Client> {
    const client = new Client(commands);
    try {
      await withDeadline(client.#takeOver(), CONNECT_DEADLINE_MS, "a tmux control client");
      return client;
    } catch (cause) {
      client.close();
      await client.gone;
      throw new TmuxError("TMUX_FAILED", "Cannot connect to tmux", { cause });
    } finally {
      client.onEvent = () => {};
    }
  }

  write(text: string): void {
    // A failed write means a dead client, which `gone` tells.
    this.#writer.write(this.#encoder.encode(text)).catch(() => {});
  }

  close(): void {
    this.#writer.close().catch(() => {});
    try {
      this.#child.kill("SIGTERM");
    } catch {
      // It is gone already.
    }
  }

  /**
   * Ends every other client of the keeper session and waits until the server has forgotten them: a
   * line that a killed gateway left in its pipe runs before that or never. They are killed, since
   * tmux 3.3a never lets go of one that was told to detach but cannot be written to.
   */
  async #takeOver(): Promise<void> {
    const own = String(this.#child.pid);
    for (;;) {
      const pids = await this.#ask(`list-clients -t =${KEEPER} -F "#{client_pid}"`);
      const others = pids.filter((pid) => /^[1-9]\d*$/.test(pid) && pid !== own);
      if (others.length === 0) return;
      for (const pid of others) kill(Number(pid));
    }
  }

  /** One command and its output; a refusal counts as empty. */
  async #ask(command: string): Promise<string[]> {
    const { promise, resolve, reject } = Promise.withResolvers<string[]>();
    this.onEvent = (event) => {
      if (event.type === "block" && event.ours) resolve(event.ok ? event.lines : []);
    };
    this.gone.then(() => reject(new TmuxError("CONTROL_LOST", "Cannot attach to tmux")));
    this.write(command + "\n");
    return await promise;
  }

  async #read(): Promise<void> {
    const parser = new ControlParser();
    const decoder = new TextDecoder();
    const reader = this.#child.stdout.getReader({ mode: "byob" });
    // The server holds this pipe too (tmux passes it on), so its end alone tells no death.
    const exited = this.#child.status.then(() => reader.cancel());
    try {
      for await (const bytes of smallReads(reader)) {
        for (const event of parser.push(decoder.decode(bytes, { stream: true }))) {
          this.onEvent(event);
        }
      }
    } catch {
      // More than the bound in one answer: start afresh.
    }
    this.close();
    await exited.catch(() => {});
  }
}

function kill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // It is gone already.
  }
}

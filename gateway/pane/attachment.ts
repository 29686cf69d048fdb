import { type Clock, systemClock } from "@chatcode/kit";
import type { TmuxError } from "../tmux/error.ts";
import type { Tmux } from "../tmux/server.ts";
import { Binding, type BindOptions } from "./binding.ts";
import { InputLane, type InputWrite } from "./input.ts";
import { OutputPump } from "./output_pump.ts";
import type { OpenPty, Pty, Size } from "./pty.ts";
import type { ViewerClosed, ViewerSink } from "./viewer_event.ts";
import type { ViewerLease } from "./viewer_lease.ts";
import { ReadOnlyInput, type ViewerInput } from "./viewer_input.ts";

export interface AttachmentOptions {
  readonly tmux: Tmux;
  readonly session: string;
  readonly viewer: string;
  readonly readOnly: boolean;
  readonly size: Size;
  readonly holdsSize: boolean;
  readonly lease: ViewerLease;
  readonly openPty: OpenPty;
  /** It is over, for the reason that the viewer was told. */
  readonly onClosed: () => void;
  /** How long it is kept without a viewer, in milliseconds. */
  readonly graceMs: number;
  readonly clock?: Clock;
  readonly ringBytes?: number;
}

/** Until a tmux client that someone else detached is replaced, at first and at most. */
const REATTACH_FIRST_MS = 100;
const REATTACH_MAX_MS = 5_000;

/**
 * One viewer of one session: a tmux client in a terminal of its own. Its output is always read. If
 * nobody takes it and the ring is full, the client is ended rather than left waiting (tmux would
 * keep all output for it), and another begins when there is credit: its paint is exact, and it sets
 * every mode.
 *
 * It outlives the viewer's connection for a time of grace: `bind()` gives it the next one.
 */
export class Attachment implements AsyncDisposable {
  /** Names this run of output: a seq means nothing under another epoch. */
  readonly epoch: string = crypto.randomUUID();
  readonly #options: AttachmentOptions;
  readonly #clock: Clock;
  readonly #pump: OutputPump;
  #input: ViewerInput;
  #size: Size;
  #holdsSize: boolean;
  #pty: Pty | undefined;
  /** Clients that are on their way out. */
  readonly #leaving = new Set<Promise<unknown>>();
  #binding: Binding | undefined;
  #grace: Disposable | undefined;
  #reattach: Disposable | undefined;
  #reattachMs = REATTACH_FIRST_MS;
  #closed = false;

  private constructor(options: AttachmentOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#size = options.size;
    this.#holdsSize = options.holdsSize;
    this.#pump = new OutputPump({
      clock: this.#clock,
      onOverrun: () => {
        this.#endClient();
        this.#ensureClient(); // if there is credit after all
      },
      ...(options.ringBytes === undefined ? {} : { ringBytes: options.ringBytes }),
    });
    this.#input = new ReadOnlyInput(this.#inputHooks());
    this.#startGrace();
  }

  /** @throws {TmuxError} SESSION_NOT_FOUND, or as `control.run()` */
  static async open(options: AttachmentOptions): Promise<Attachment> {
    const attachment = new Attachment(options);
    if (options.readOnly) return attachment;
    const { tmux, session, viewer } = options;
    try {
      attachment.#input = await InputLane.open({
        tmux,
        session,
        viewer,
        clock: attachment.#clock,
        onFailed: (error) => attachment.#onInputFailed(error),
        ...attachment.#inputHooks(),
      });
      return attachment;
    } catch (error) {
      attachment.#grace?.[Symbol.dispose]();
      throw error;
    }
  }

  get readOnly(): boolean {
    return this.#options.readOnly;
  }

  get size(): Size {
    return this.#size;
  }

  get holdsSize(): boolean {
    return this.#holdsSize;
  }

  /** Whether a tmux client runs for it. */
  get isLive(): boolean {
    return this.#pty !== undefined;
  }

  /**
   * Connects a viewer; one that was connected before is told `replaced`. Nothing reaches the sink
   * before `start()` of what is returned.
   */
  bind(sink: ViewerSink, options: BindOptions): Binding {
    if (this.#closed) throw new TypeError("Cannot bind a viewer: the attachment is closed");
    this.#binding?.onClosed("replaced");
    this.#grace?.[Symbol.dispose]();
    this.#reattachMs = REATTACH_FIRST_MS;
    const { creditBytes, resume } = options;
    const replays = resume !== undefined && resume.epoch === this.epoch &&
      this.#pty !== undefined && this.#pump.canReplay(resume.seq);
    const binding = new Binding({
      outcome: replays ? "replay" : "resync",
      inputSeq: this.#input.ackedSeq,
      sink,
      ackedSeq: () => this.#input.ackedSeq,
      start: () => this.#pump.start(),
      grant: (bytes) => this.#grant(bytes),
      write: (seq, bytes) => this.#write(seq, bytes),
      unbind: () => this.#unbind(binding),
    });
    this.#binding = binding;
    if (replays) {
      this.#pump.bind(binding.onEvent, { creditBytes, seq: resume.seq });
    } else {
      this.#endClient();
      this.#pump.bind(binding.onEvent, { creditBytes, seq: this.#pump.endSeq });
      this.#ensureClient();
    }
    return binding;
  }

  /**
   * Asks for a size: granted to the viewer that holds it, or that takes it and may. SPEC [SZ2].
   * @returns the size in force
   */
  async resize(
    wish: Size,
    options: { take?: boolean } = {},
  ): Promise<Size & { holdsSize: boolean }> {
    await this.#options.lease.resize(wish, options.take ?? false);
    return { ...this.#size, holdsSize: this.#holdsSize };
  }

  /** Whether a person looks at this viewer now. SPEC [SZ3]. */
  async setForeground(foreground: boolean): Promise<void> {
    await this.#options.lease.setForeground(foreground);
  }

  /** The session has this size now; told in its place in the output. */
  setSize(size: Size, holdsSize: boolean): void {
    const changed = size.cols !== this.#size.cols || size.rows !== this.#size.rows;
    if (!changed && holdsSize === this.#holdsSize) return;
    this.#size = size;
    this.#holdsSize = holdsSize;
    // A client that is resized while it still writes what it drew for the window's new size in its
    // own old one may never draw again (tmux 3.3a). A new one's first paint is right.
    if (changed) this.#endClient();
    this.#pump.mark({ type: "size", ...size, holdsSize });
    if (changed) this.#ensureClient();
  }

  /** Ends the view, never the session. Safe twice. */
  close(reason: ViewerClosed): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#grace?.[Symbol.dispose]();
    this.#reattach?.[Symbol.dispose]();
    this.#pump.flush();
    this.#input.close();
    this.#endClient();
    const binding = this.#binding;
    this.#binding = undefined;
    this.#pump.unbind();
    binding?.onClosed(reason);
    this.#options.onClosed();
  }

  /** Closes, and lets the session forget how far the viewer's input was. */
  async forget(): Promise<void> {
    this.close("stopped");
    await this.#input.forget();
  }

  /** Resolves when its tmux clients are gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close("stopped");
    await Promise.allSettled(this.#leaving);
  }

  #inputHooks() {
    return {
      toClient: (bytes: Uint8Array) => void this.#pty?.write(bytes),
      onAck: (seq: number) => this.#binding?.onAck(seq),
    };
  }

  #onInputFailed({ code }: TmuxError): void {
    this.close(code === "SESSION_NOT_FOUND" ? "ended" : "failed");
  }

  #write(seq: number, bytes: Uint8Array): InputWrite {
    const write = this.#input.write(seq, bytes);
    if (write.state === "taken" && write.typed) {
      this.#pump.expectEcho();
      this.#options.lease.typed();
    }
    return write;
  }

  #grant(bytes: number): void {
    this.#pump.grant(bytes);
    this.#ensureClient();
  }

  #unbind(binding: Binding): void {
    if (this.#binding !== binding) return;
    this.#binding = undefined;
    this.#pump.unbind();
    if (!this.#closed) this.#startGrace();
  }

  #startGrace(): void {
    this.#grace = this.#clock.setTimer(() => this.close("stopped"), this.#options.graceMs);
  }

  #ensureClient(): void {
    const wanted = this.#binding !== undefined && this.#pump.creditBytes > 0 && !this.#closed;
    if (!wanted || this.#pty !== undefined || this.#reattach !== undefined) return;
    const { tmux, session, readOnly, openPty } = this.#options;
    const flags = readOnly ? "ignore-size,read-only" : "ignore-size";
    const pty = openPty({
      argv: tmux.commands.argv(["attach-session", "-t", `=${session}`, "-f", flags]),
      env: tmux.commands.env,
      size: this.#size,
    });
    this.#pty = pty;
    this.#pump.restart({
      type: "resync",
      seq: this.#pump.endSeq,
      epoch: this.epoch,
      ...this.#size,
    });
    pty.onOutput((bytes) => {
      if (this.#pty === pty) this.#pump.append(bytes);
    });
    pty.exited.then(() => this.#onClientGone(pty));
  }

  /** What was not sent is dropped: the next client paints it all. */
  #endClient(): void {
    const pty = this.#pty;
    if (pty === undefined) return;
    this.#pty = undefined;
    this.#pump.drop();
    this.#leave(pty);
  }

  #leave(pty: Pty): void {
    const gone = Promise.resolve(pty[Symbol.asyncDispose]());
    this.#leaving.add(gone);
    gone.finally(() => this.#leaving.delete(gone));
  }

  /** A tmux client ends the same way when its session is over and when someone detaches it. */
  async #onClientGone(pty: Pty): Promise<void> {
    if (this.#pty !== pty) return;
    const { tmux, session } = this.#options;
    const look = tmux.commands.hasSession(session);
    this.#leaving.add(look);
    const lives = await look.catch(() => false);
    this.#leaving.delete(look);
    if (this.#closed || this.#pty !== pty) return;
    if (!lives) return this.close("ended");
    this.#endClient();
    this.#reattach = this.#clock.setTimer(() => {
      this.#reattach = undefined;
      this.#ensureClient();
    }, this.#reattachMs);
    this.#reattachMs = Math.min(this.#reattachMs * 2, REATTACH_MAX_MS);
  }
}

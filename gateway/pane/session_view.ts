import type { Clock } from "@chatcode/kit";
import { quote } from "../tmux/quote.ts";
import { TmuxError } from "../tmux/error.ts";
import type { Tmux } from "../tmux/server.ts";
import { Attachment } from "./attachment.ts";
import type { OpenPty, Size } from "./pty.ts";
import { SizeLease } from "./size_lease.ts";
import type { ViewerClosed } from "./viewer_event.ts";
import type { ViewerLease } from "./viewer_lease.ts";

export interface SessionViewOptions {
  readonly tmux: Tmux;
  readonly session: string;
  readonly openPty: OpenPty;
  readonly graceMs: number;
  readonly clock: Clock;
  readonly ringBytes?: number;
}

export interface AttachOptions {
  /** One browser tab's view, kept over reconnects: `[A-Za-z0-9_-]{1,64}`. */
  readonly viewer: string;
  readonly size: Size;
  readonly readOnly?: boolean;
  readonly foreground?: boolean;
}

/** All viewers of one session, and the size they share. */
export class SessionView implements AsyncDisposable {
  readonly #options: SessionViewOptions;
  readonly #lease: SizeLease;
  readonly #attachments = new Map<string, Attachment>();
  /** Attachments whose tmux clients are on their way out. */
  readonly #leaving = new Set<Promise<void>>();
  /** What tmux and the viewers were told last. */
  #told: { size: Size; holder: string | undefined };
  /** Attaching and resizing, one at a time. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(options: SessionViewOptions, size: Size) {
    this.#options = options;
    this.#lease = new SizeLease(size);
    this.#told = { size: this.#lease.size, holder: undefined };
  }

  /** @throws {TmuxError} SESSION_NOT_FOUND, or as `control.run()` */
  static async open(options: SessionViewOptions): Promise<SessionView> {
    const { tmux, session } = options;
    const [lines] = await tmux.control.run(
      `list-panes -t ${quote(`=${session}:`)} -F "#{window_width} #{window_height}"`,
    );
    const [cols = 80, rows = 24] = (lines?.[0] ?? "").split(" ").map(Number);
    return new SessionView(options, { cols, rows });
  }

  get isEmpty(): boolean {
    return this.#attachments.size === 0;
  }

  get viewers(): number {
    return this.#attachments.size;
  }

  /** The viewer's attachment, or a new one. @throws {TmuxError} as `Attachment.open()` */
  attach(options: AttachOptions): Promise<Attachment> {
    return this.#inTurn(() => this.#attach(options));
  }

  /** Ends every view, never the session. */
  close(reason: ViewerClosed): void {
    for (const attachment of [...this.#attachments.values()]) attachment.close(reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inTurn(() => Promise.resolve(this.close("stopped")));
    await Promise.all(this.#leaving);
  }

  async #attach(options: AttachOptions): Promise<Attachment> {
    const { viewer, size, readOnly = false, foreground = true } = options;
    const { tmux, session, openPty, graceMs, clock, ringBytes } = this.#options;
    let known = this.#attachments.get(viewer);
    if (known !== undefined && known.readOnly !== readOnly) {
      known.close("replaced");
      known = undefined;
    }
    this.#lease.join(viewer, { readOnly, foreground, wish: size });
    try {
      await this.#apply();
      if (known !== undefined) return known;
      const attachment: Attachment = await Attachment.open({
        ...{ tmux, session, viewer, readOnly, openPty, graceMs, clock },
        ...(ringBytes === undefined ? {} : { ringBytes }),
        size: this.#told.size,
        holdsSize: this.#told.holder === viewer,
        lease: this.#leaseOf(viewer),
        onClosed: () => {
          this.#attachments.delete(viewer);
          this.#lease.leave(viewer);
          const gone = Promise.resolve(attachment[Symbol.asyncDispose]());
          this.#leaving.add(gone);
          gone.finally(() => this.#leaving.delete(gone));
        },
      });
      this.#attachments.set(viewer, attachment);
      return attachment;
    } catch (error) {
      if (known === undefined) this.#lease.leave(viewer);
      throw error;
    }
  }

  #leaseOf(viewer: string): ViewerLease {
    return {
      typed: () => {
        if (this.#lease.holder === viewer) return; // as nearly always
        this.#lease.typed(viewer);
        if (this.#lease.holder === viewer) this.#applyInTurn();
      },
      resize: async (wish, take) => {
        this.#lease.resize(viewer, wish);
        if (take) this.#lease.take(viewer);
        await this.#applyInTurn();
      },
      setForeground: async (foreground) => {
        this.#lease.setForeground(viewer, foreground);
        await this.#applyInTurn();
      },
    };
  }

  async #applyInTurn(): Promise<void> {
    try {
      await this.#inTurn(() => this.#apply());
    } catch (error) {
      // The session's end is told on its own way, and a lost connection is followed by a new try.
      if (!(error instanceof TmuxError)) throw error;
    }
  }

  /** First the window, then the viewers: their next drawing is one for the new size. */
  async #apply(): Promise<void> {
    const { size, holder } = this.#lease;
    if (size.cols !== this.#told.size.cols || size.rows !== this.#told.size.rows) {
      const { tmux, session } = this.#options;
      const to = `-x ${size.cols} -y ${size.rows}`;
      await tmux.control.run(`resize-window -t ${quote(`=${session}:`)} ${to}`);
    }
    this.#told = { size, holder };
    for (const [viewer, attachment] of this.#attachments) {
      attachment.setSize(size, viewer === holder);
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }
}

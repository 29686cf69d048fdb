import { type Clock, systemClock } from "@chatcode/kit";
import { DETACHED_GRACE_MS } from "@chatcode/protocol";
import type { Tmux } from "../tmux/server.ts";
import type { TmuxSessions } from "../tmux/sessions.ts";
import type { Attachment } from "./attachment.ts";
import { openFfiPty } from "./ffi_pty.ts";
import type { OpenPty } from "./pty.ts";
import { type AttachOptions, SessionView } from "./session_view.ts";

export interface PanesOptions {
  readonly tmux: Tmux;
  readonly sessions: TmuxSessions;
  /** Default: `openFfiPty`. */
  readonly openPty?: OpenPty;
  /** How long an attachment is kept without a viewer. Default: `DETACHED_GRACE_MS`. */
  readonly graceMs?: number;
  readonly clock?: Clock;
  readonly ringBytes?: number;
}

/** Every viewer of every session. */
export class Panes implements AsyncDisposable {
  readonly #options: PanesOptions;
  readonly #views = new Map<string, Promise<SessionView>>();
  readonly #subscription: Disposable;
  /** Views of sessions that ended, until their tmux clients are gone. */
  readonly #ending = new Set<Promise<void>>();
  #closed = false;

  constructor(options: PanesOptions) {
    this.#options = options;
    this.#subscription = options.sessions.subscribe((news) => {
      if (news.type === "ended") this.#end(news.id);
    });
  }

  /**
   * Gives the viewer's attachment, or makes it: `bind()` a viewer to it within its time of grace.
   * @throws {TmuxError} SESSION_NOT_FOUND, CLOSED, or as `control.run()`
   */
  async attach(session: string, options: AttachOptions): Promise<Attachment> {
    if (this.#closed) throw new TypeError("Cannot attach: the panes are closed");
    return await (await this.#view(session)).attach(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#subscription[Symbol.dispose]();
    const views = await Promise.allSettled(this.#views.values());
    this.#views.clear();
    await Promise.all(views.map(async (view) => {
      if (view.status === "fulfilled") await view.value[Symbol.asyncDispose]();
    }));
    await Promise.all(this.#ending);
  }

  #view(session: string): Promise<SessionView> {
    const known = this.#views.get(session);
    if (known !== undefined) return known;
    const { tmux, openPty = openFfiPty, graceMs = DETACHED_GRACE_MS, clock, ringBytes } =
      this.#options;
    const view = SessionView.open({
      ...{ tmux, session, openPty, graceMs, clock: clock ?? systemClock },
      ...(ringBytes === undefined ? {} : { ringBytes }),
    });
    this.#views.set(session, view);
    view.catch(() => this.#views.delete(session));
    return view;
  }

  #end(session: string): void {
    const view = this.#views.get(session);
    if (view === undefined) return;
    this.#views.delete(session);
    const ending = this.#close(view);
    this.#ending.add(ending);
    ending.finally(() => this.#ending.delete(ending));
  }

  async #close(opening: Promise<SessionView>): Promise<void> {
    const view = await opening.catch(() => undefined); // the one who asked for it was told
    view?.close("ended");
    await view?.[Symbol.asyncDispose]();
  }
}

import {
  type AttachResult,
  CREDIT_WINDOW_BYTES,
  CreditDebt,
  type HostId,
  type SessionId,
  type ViewerId,
} from "@chatcode/protocol";
import { type Clock, Redial, systemClock } from "@chatcode/kit";
import type { Channel, FromHost } from "./channels.ts";
import type { Connection } from "./connection.ts";
import { InputLog } from "./input_log.ts";
import { type Observable, Source } from "./observable.ts";
import { OutputCursor } from "./output_cursor.ts";
import { type Screen, ScreenQueue } from "./screen_queue.ts";
import { afterClosed, afterRefusal, type Next, type TerminalState } from "./terminal_state.ts";

export interface TerminalLinkOptions {
  readonly connection: Connection;
  readonly host: HostId;
  readonly session: SessionId;
  readonly viewer: ViewerId;
  readonly screen: Screen;
  /** The size this viewer would like, asked at each attach. */
  readonly wantedSize: () => { cols: number; rows: number };
  readonly foreground: () => boolean;
  readonly readOnly?: boolean;
  /** A new id for a view that was copied with its tab. SPEC [ID2]. */
  readonly newViewer: () => ViewerId;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** As long as the relay waits for a host. */
const ATTACH_DEADLINE_MS = 15_000;

/**
 * One view of one session, over as many sockets as it takes. No key is lost or typed twice, and no
 * output byte is drawn twice.
 */
export class TerminalLink {
  readonly #options: TerminalLinkOptions;
  readonly #clock: Clock;
  readonly #redial: Redial;
  readonly #state = new Source<TerminalState>({ state: "attaching" });
  readonly #screen: ScreenQueue;
  readonly #input = new InputLog();
  readonly #cursor = new OutputCursor();
  readonly #stopListening: (() => void)[];
  #debt = new CreditDebt();
  #owedBytes = 0;
  #viewer: ViewerId;
  #channel: Channel | undefined;
  #timer: Disposable | undefined;
  #hostOnline = false;
  #resyncs = 0;
  #replays = 0;

  constructor(options: TerminalLinkOptions) {
    this.#options = options;
    this.#viewer = options.viewer;
    this.#clock = options.clock ?? systemClock;
    this.#redial = new Redial({
      clock: this.#clock,
      ...(options.random !== undefined && { random: options.random }),
    });
    this.#screen = new ScreenQueue(options.screen, (bytes) => this.#consumed(bytes));
    const { connection } = options;
    this.#hostMayBeBack();
    this.#stopListening = [
      connection.state.subscribe(({ state }) => state === "online" && this.#attach()),
      connection.overview.subscribe(() => this.#hostMayBeBack()),
    ];
    this.#attach();
  }

  get state(): Observable<TerminalState> {
    return this.#state;
  }

  /** For diagnostics. */
  get counters(): { resyncs: number; replays: number; pendingInputBytes: number } {
    const pendingInputBytes = this.#input.pendingBytes;
    return { resyncs: this.#resyncs, replays: this.#replays, pendingInputBytes };
  }

  /** Takes any length, at any time; what cannot be sent now is sent when it can. */
  type(bytes: Uint8Array): void {
    if (isOver(this.#state.value)) return;
    this.#input.push(bytes);
    this.#sendInput();
  }

  /** Asks for a size. Without `take` it changes nothing unless this viewer holds the size. */
  async resize(cols: number, rows: number, options: { take?: boolean } = {}): Promise<void> {
    const channel = this.#channel;
    if (this.#state.value.state !== "live" || channel === undefined) return;
    const { take = false } = options;
    const answer = await this.#options.connection.request("terminal.resize", {
      channel: channel.id,
      cols,
      rows,
      ...(take && { take }),
    });
    if (channel === this.#channel) this.#live({ holdsSize: answer.holdsSize });
  }

  /** The tab came to the front or left it. A lost message does no harm: attach says it again. */
  focus(foreground: boolean): void {
    const channel = this.#channel;
    if (this.#state.value.state !== "live" || channel === undefined) return;
    this.#options.connection.request("terminal.focus", { channel: channel.id, foreground })
      .catch(() => {});
  }

  /** Ends the wait for the next try, if it waits. */
  retry(): void {
    if (this.#state.value.state === "waiting") this.#attach();
  }

  /** Ends the view, never the session. Safe twice. */
  close(): void {
    for (const stop of this.#stopListening.splice(0)) stop();
    const channel = this.#channel;
    const wasLive = this.#state.value.state === "live";
    this.#letGo();
    this.#state.value = { state: "closed" };
    if (wasLive && channel !== undefined) {
      // The view is gone whatever the answer.
      this.#options.connection.request("terminal.detach", { channel: channel.id }).catch(() => {});
    }
  }

  #attach(): void {
    if (isOver(this.#state.value) || this.#channel !== undefined) return;
    const { connection, host, session, readOnly = false } = this.#options;
    const { resume } = this.#cursor;
    const channel: Channel | undefined = connection.openChannel({
      output: (seq, bytes) => channel === this.#channel && this.#output(seq, bytes),
      frame: (frame) => channel === this.#channel && this.#frame(frame),
      lost: () => channel === this.#channel && this.#lost(),
    });
    if (channel === undefined) return; // no socket; its coming is heard
    this.#letGo();
    this.#channel = channel;
    this.#state.value = { state: "attaching" };
    // What is still to be drawn from the last socket counts against the window. SPEC [CR2].
    this.#debt = new CreditDebt();
    this.#owedBytes = 0;
    connection.ask("terminal.attach", {
      host,
      session,
      channel: channel.id,
      viewer: this.#viewer,
      ...this.#options.wantedSize(),
      creditBytes: Math.max(0, CREDIT_WINDOW_BYTES - this.#screen.undrawnBytes),
      ...(readOnly && { readOnly }),
      foreground: this.#options.foreground(),
      ...(resume !== undefined && { resume }),
    }, {
      deadlineMs: ATTACH_DEADLINE_MS,
      settle: (answer) => {
        if (channel !== this.#channel) return;
        if (answer.ok) this.#attached(answer.payload);
        else this.#again(afterRefusal(answer.error), answer.error.retryAfterMs);
      },
    });
  }

  #attached(answer: AttachResult): void {
    this.#redial.accepted();
    const { cols, rows, holdsSize, readOnly } = answer;
    if (answer.outcome === "replay") {
      this.#replays += 1;
      this.#screen.resize(cols, rows);
    } else {
      this.#cursor.forget();
    }
    try {
      this.#input.rewind(answer.inputSeq);
    } catch {
      // Host and viewer disagree about what was typed: a new stream is the one honest way on.
      return this.#asNewViewer();
    }
    this.#state.value = { state: "live", cols, rows, holdsSize, readOnly };
    this.#consumed(0);
    this.#sendInput();
  }

  #output(seq: number, bytes: Uint8Array): void {
    const arrival = this.#cursor.take(seq, bytes);
    // Bytes are missing: attach again and ask for them.
    if (arrival.state === "gap") return this.#again({ state: "again", why: "failed" });
    if (arrival.known > 0) this.#consumed(arrival.known);
    if (arrival.state === "fresh") this.#screen.write(arrival.bytes);
  }

  #frame(frame: FromHost): void {
    switch (frame.type) {
      case "resync":
        this.#resyncs += 1;
        this.#cursor.resync(frame.epoch, frame.seq);
        this.#screen.reset();
        this.#screen.resize(frame.cols, frame.rows);
        return this.#live({ cols: frame.cols, rows: frame.rows });
      case "size":
        this.#screen.resize(frame.cols, frame.rows);
        return this.#live({ cols: frame.cols, rows: frame.rows, holdsSize: frame.holdsSize });
      case "input-ack":
        this.#input.ack(frame.seq);
        return this.#sendInput();
      case "closed":
        return this.#again(afterClosed(frame.reason));
      default:
        frame satisfies never;
    }
  }

  #sendInput(): void {
    const channel = this.#channel;
    if (this.#state.value.state !== "live" || channel === undefined) return;
    for (let frame = this.#input.next(); frame !== undefined; frame = this.#input.next()) {
      channel.sendInput(frame.seq, frame.bytes);
    }
  }

  /** Credit for what was drawn while no channel could carry it is not lost, only late. */
  #consumed(bytes: number): void {
    this.#owedBytes += bytes;
    if (this.#state.value.state !== "live") return;
    const grant = this.#debt.consume(this.#owedBytes);
    this.#owedBytes = 0;
    if (grant > 0) this.#channel?.sendCredit(grant);
  }

  #live(change: { cols?: number; rows?: number; holdsSize?: boolean }): void {
    const state = this.#state.value;
    if (state.state === "live") this.#state.value = { ...state, ...change };
  }

  #lost(): void {
    this.#letGo();
    this.#state.value = { state: "waiting", why: "offline" };
  }

  #again(next: Next, retryAfterMs?: number): void {
    this.#letGo();
    switch (next.state) {
      case "over":
        this.#state.value = next.final;
        return;
      case "new-viewer":
        return this.#asNewViewer();
      case "again": {
        const { connection } = this.#options;
        const waitMs = this.#redial.next({ retryAfterMs });
        this.#state.value = { state: "waiting", why: next.why };
        if (connection.state.value.state === "online") {
          this.#timer = this.#clock.setTimer(() => this.#attach(), waitMs);
        }
        return;
      }
      default:
        next satisfies never;
    }
  }

  #asNewViewer(): void {
    this.#letGo();
    this.#viewer = this.#options.newViewer();
    this.#cursor.forget();
    this.#input.startOver();
    this.#state.value = { state: "waiting", why: "failed" };
    this.#timer = this.#clock.setTimer(() => this.#attach(), this.#redial.next());
  }

  /** SPEC [CH2]: after `host-offline` attach again when the host is back. */
  #hostMayBeBack(): void {
    const { connection, host } = this.#options;
    const wasOnline = this.#hostOnline;
    this.#hostOnline = connection.overview.value.hosts.get(host)?.online === true;
    const state = this.#state.value;
    if (wasOnline || !this.#hostOnline || state.state !== "waiting") return;
    if (state.why === "host-offline") this.#attach();
  }

  #letGo(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#channel?.close();
    this.#channel = undefined;
  }
}

function isOver({ state }: TerminalState): boolean {
  return state === "over" || state === "closed";
}

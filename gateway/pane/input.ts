import { type Clock, systemClock } from "@chatcode/kit";
import { TmuxError } from "../tmux/error.ts";
import { readMarker, removeMarker, setMarker } from "../tmux/input_marker.ts";
import type { Tmux } from "../tmux/server.ts";
import { keyLines } from "./key_lines.ts";
import { type KeyToken, readKeys } from "./keys.ts";

export interface InputOptions {
  readonly tmux: Tmux;
  readonly session: string;
  readonly viewer: string;
  /** Takes input for the viewer's own tmux client: mouse, focus, answers. */
  readonly toClient: (bytes: Uint8Array) => void;
  /** Every byte below `seq` is in the session. */
  readonly onAck: (seq: number) => void;
  /** No more can be typed: the session is gone, or tmux refuses. */
  readonly onFailed: (error: TmuxError) => void;
  readonly clock?: Clock;
}

export type InputWrite =
  | { state: "taken"; /** Whether there was a key in it. */ typed: boolean }
  | { state: "gap"; expectedSeq: number } // bytes are missing before these
  | { state: "full" } // more than `INPUT_QUEUE_BYTES` would wait; nothing was taken
  | { state: "closed" };

/** Input that may wait for tmux, in bytes: the viewer's window and one frame. */
export const INPUT_QUEUE_BYTES = 80 * 1024;
/** Lines on their way to tmux at once: enough to keep it busy, few enough not to hog it. */
const LINES_UNDER_WAY = 4;
/** While more lines follow, an acknowledgement is worth its frame only every so many bytes. */
const ACK_EVERY_BYTES = 8 * 1024;

interface Step {
  readonly commands: readonly string[];
  client: readonly Uint8Array[];
  readonly endSeq: number;
  sent: boolean;
}

/**
 * One viewer's input into a session, each byte exactly once. Keys go to tmux in lines that type
 * them and note how far they reach (`InputMarker`), and tmux runs a line whole or not at all. So
 * whoever dies and when, the marker tells where to go on.
 */
export class InputLane {
  readonly #options: InputOptions;
  readonly #clock: Clock;
  #expectedSeq: number;
  #ackedSeq: number;
  #toldSeq: number;
  #steps: Step[] = [];
  #underWay = 0;
  /** Counts connections to tmux: what a lost one answers is of no interest. */
  #round = 0;
  #recovering = false;
  #closed = false;

  private constructor(options: InputOptions, seq: number) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#expectedSeq = this.#ackedSeq = this.#toldSeq = seq;
  }

  /**
   * Goes on where the viewer's input ended, or begins at 0 if the session does not know the viewer.
   * @throws {TmuxError} SESSION_NOT_FOUND, or as `control.run()`
   */
  static async open(options: InputOptions): Promise<InputLane> {
    const marker = await readMarker(options.tmux, options.session, options.viewer);
    return new InputLane(options, marker?.seq ?? 0);
  }

  /** The first byte not yet taken: where the viewer has to go on. */
  get expectedSeq(): number {
    return this.#expectedSeq;
  }

  /** Every byte below is in the session. */
  get ackedSeq(): number {
    return this.#ackedSeq;
  }

  /** Types `bytes`, which begin at `seq` of the viewer's input; what was taken before is skipped. */
  write(seq: number, bytes: Uint8Array): InputWrite {
    if (this.#closed) return { state: "closed" };
    if (seq > this.#expectedSeq) return { state: "gap", expectedSeq: this.#expectedSeq };
    const fresh = bytes.slice(this.#expectedSeq - seq);
    if (fresh.length === 0) return { state: "taken", typed: false };
    if (this.#expectedSeq + fresh.length - this.#ackedSeq > INPUT_QUEUE_BYTES) {
      return { state: "full" };
    }
    const tokens = readKeys(fresh);
    for (const { commands, client, length } of keyLines(this.#options.session, tokens)) {
      this.#expectedSeq += length;
      this.#steps.push({ commands, client, endSeq: this.#expectedSeq, sent: false });
    }
    this.#pump();
    return { state: "taken", typed: tokens.some(isTyped) };
  }

  /** Takes no more. What is under way still arrives. */
  close(): void {
    this.#closed = true;
    this.#steps = [];
  }

  /** Closes, and lets the session forget the viewer: its next input would begin at 0. */
  async forget(): Promise<void> {
    this.close();
    await removeMarker(this.#options.tmux, this.#options.session, this.#options.viewer);
  }

  #pump(): void {
    if (this.#recovering) return;
    for (const step of this.#steps) {
      if (this.#underWay >= LINES_UNDER_WAY) return;
      if (!step.sent) this.#send(step);
    }
  }

  #send(step: Step): void {
    const { tmux, session, viewer, toClient } = this.#options;
    step.sent = true;
    for (const bytes of step.client) toClient(bytes);
    step.client = []; // not again if the line has to be
    const mark = setMarker(session, viewer, { seq: step.endSeq, atMs: this.#clock.now() });
    const [first = mark, ...rest] = step.commands;
    const line: [string, ...string[]] = first === mark ? [mark] : [first, ...rest, mark];
    const round = this.#round;
    this.#underWay += 1;
    tmux.control.run(...line).then(
      () => round === this.#round && this.#onDone(step),
      (error) => round === this.#round && this.#onError(error),
    );
  }

  #onDone(step: Step): void {
    this.#underWay -= 1;
    if (this.#closed) return;
    this.#steps.shift(); // answers come in order
    this.#ackedSeq = step.endSeq;
    this.#pump();
    this.#ack();
  }

  #ack(): void {
    const news = this.#ackedSeq - this.#toldSeq;
    if (news <= 0 || (this.#steps.length > 0 && news < ACK_EVERY_BYTES)) return;
    this.#toldSeq = this.#ackedSeq;
    this.#options.onAck(this.#ackedSeq);
  }

  #onError(error: unknown): void {
    this.#round += 1;
    this.#underWay = 0;
    if (this.#closed) return;
    if (error instanceof TmuxError && isPassing(error)) {
      this.#recover();
    } else {
      this.#fail(error);
    }
  }

  /** The lines under way were run or lost: the marker knows which. */
  async #recover(): Promise<void> {
    const { tmux, session, viewer } = this.#options;
    this.#recovering = true;
    try {
      await tmux.control.ready();
      const marker = await readMarker(tmux, session, viewer);
      if (this.#closed) return;
      this.#ackedSeq = Math.max(this.#ackedSeq, marker?.seq ?? 0);
      this.#steps = this.#steps.filter(({ endSeq }) => endSeq > this.#ackedSeq);
      for (const step of this.#steps) step.sent = false;
      this.#recovering = false;
      this.#pump();
      this.#ack();
    } catch (error) {
      this.#recovering = false;
      this.#onError(error);
    }
  }

  #fail(cause: unknown): void {
    this.close();
    const error = cause instanceof TmuxError
      ? cause
      : new TmuxError("TMUX_FAILED", "Cannot type into the session", { cause });
    this.#options.onFailed(error);
  }
}

function isTyped(token: KeyToken): boolean {
  return token.type === "raw" || token.type === "key";
}

/** Heals by itself: the connection comes back, or room is made. */
function isPassing({ code }: TmuxError): boolean {
  return code === "CONTROL_LOST" || code === "CONTROL_BUSY";
}

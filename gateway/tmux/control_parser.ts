/** What a tmux control client (`tmux -C`) says; see CONTROL MODE in tmux(1). */
export type ControlEvent =
  | {
    type: "block";
    /** Whether it answers a line of ours, not a hook or the attach itself. */
    ours: boolean;
    ok: boolean;
    lines: string[];
  }
  | { type: "notification"; name: string; text: string };

/** A block or a line of more than this many UTF-16 units is refused. */
export const CONTROL_MAX_LENGTH = 4 * 1024 * 1024;

/** Turns the output of a control client into events. Holds one block at most, and that bounded. */
export class ControlParser {
  #rest = "";
  #open: { mark: string; ours: boolean; lines: string[]; length: number } | undefined;

  /** @throws {RangeError} if tmux sends a line or a block beyond `CONTROL_MAX_LENGTH` */
  push(text: string): ControlEvent[] {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    if (this.#rest.length > CONTROL_MAX_LENGTH) {
      throw new RangeError("Cannot read from tmux: a line is too long");
    }
    const events: ControlEvent[] = [];
    for (const line of lines) {
      const event = this.#line(line);
      if (event !== undefined) events.push(event);
    }
    return events;
  }

  #line(line: string): ControlEvent | undefined {
    const open = this.#open;
    if (open !== undefined) {
      // The mark (time, number, flags) makes an end unmistakable, whatever the output says.
      const ok = line === `%end ${open.mark}`;
      if (ok || line === `%error ${open.mark}`) {
        this.#open = undefined;
        return { type: "block", ours: open.ours, ok, lines: open.lines };
      }
      open.length += line.length + 1;
      if (open.length > CONTROL_MAX_LENGTH) {
        throw new RangeError("Cannot read from tmux: an answer is too long");
      }
      open.lines.push(line);
      return undefined;
    }
    const begin = /^%begin (\d+ \d+ (\d+))$/.exec(line);
    if (begin !== null) {
      const flags = Number(begin[2]);
      this.#open = { mark: begin[1] as string, ours: (flags & 1) === 1, lines: [], length: 0 };
      return undefined;
    }
    const note = /^%([a-z-]+) ?(.*)$/.exec(line);
    if (note === null) return undefined;
    return { type: "notification", name: note[1] as string, text: note[2] as string };
  }
}

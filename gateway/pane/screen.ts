import headless from "@xterm/headless";
import type { Binding } from "./binding.ts";
import type { ViewerEvent } from "./viewer_event.ts";

/**
 * For tests: a viewer as the browser is one. An emulated terminal that takes events in order, gives
 * credit for what it has drawn, and can be read.
 */
export class Screen {
  readonly events: ViewerEvent[] = [];
  readonly terminal = new headless.Terminal({ cols: 80, rows: 24, allowProposedApi: true });
  /** The first output byte not yet received. */
  seq = 0;
  epoch = "";
  /** A viewer that stops reading gives no credit. */
  reads = true;
  #binding: Binding | undefined;
  #owed = 0;

  readonly sink = (event: ViewerEvent): void => {
    if (event.type !== "bytes") this.events.push(event);
    switch (event.type) {
      case "bytes": {
        if (event.seq !== this.seq) throw new Error(`gap: ${event.seq} is not ${this.seq}`);
        this.seq += event.bytes.length;
        this.terminal.write(event.bytes, () => this.#drawn(event.bytes.length));
        return;
      }
      case "resync":
        this.seq = event.seq;
        this.epoch = event.epoch;
        // In its place in the stream, behind what is still to be drawn.
        return this.terminal.write("", () => {
          this.terminal.reset();
          this.terminal.resize(event.cols, event.rows);
        });
      case "size":
        return this.terminal.write("", () => this.terminal.resize(event.cols, event.rows));
      case "input-ack":
      case "closed":
        return;
      default:
        event satisfies never;
    }
  };

  /** Starts the binding and gives it credit from now on. */
  start(binding: Binding): void {
    this.#binding = binding;
    this.#owed = 0;
    binding.start();
  }

  /** Draws on, and gives the credit that was held back. */
  resume(): void {
    this.reads = true;
    this.#drawn(0);
  }

  /** What stands on the screen, as `capture-pane -p` would print it. */
  async text(): Promise<string> {
    await new Promise<void>((resolve) => this.terminal.write("", resolve));
    const { buffer: { active }, rows, cols } = this.terminal;
    const lines = Array.from(
      { length: rows },
      (_, y) => active.getLine(active.baseY + y)?.translateToString(true, 0, cols).trimEnd() ?? "",
    );
    return lines.join("\n");
  }

  [Symbol.dispose](): void {
    this.terminal.dispose();
  }

  #drawn(length: number): void {
    this.#owed += length;
    if (!this.reads || this.#owed === 0) return;
    this.#binding?.grant(this.#owed);
    this.#owed = 0;
  }
}

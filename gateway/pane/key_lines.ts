import { quote } from "../tmux/quote.ts";
import type { KeyToken } from "./keys.ts";

/** One line for the control client and the input it covers. */
export interface KeyLine {
  /** `send-keys` commands, quoted; none if the program gets nothing of this. */
  readonly commands: readonly string[];
  /** What the viewer's own tmux client gets. */
  readonly client: readonly Uint8Array[];
  /** Length of the input, in bytes. */
  readonly length: number;
}

/** Below PIPE_BUF with room for the marker, so that a write of a line is whole or not at all. */
export const LINE_BYTES = 3_500;
/** A shorter printable run is cheaper in hex together with its neighbours. */
const LITERAL_MIN = 12;

/**
 * Input as lines of commands that type it into the session's active pane. Printable ASCII goes as
 * text, which is many times quicker in tmux than hex; all else as hex, which tmux passes on as it
 * is; NUL and broken UTF-8 too.
 */
export function keyLines(session: string, tokens: readonly KeyToken[]): KeyLine[] {
  const builder = new LineBuilder(`send-keys -t ${quote(`=${session}:`)}`);
  for (const token of tokens) {
    switch (token.type) {
      case "raw":
        addRaw(builder, token.bytes);
        break;
      case "key":
        builder.command(token.name, token.bytes.length);
        break;
      case "client":
        builder.client(token.bytes);
        break;
      case "drop":
        builder.skip(token.bytes.length);
        break;
      default:
        token satisfies never;
    }
  }
  return builder.finish();
}

function addRaw(builder: LineBuilder, bytes: Uint8Array): void {
  let from = 0;
  while (from < bytes.length) {
    const run = printableRun(bytes, from);
    if (run >= LITERAL_MIN) {
      builder.literal(bytes.subarray(from, from + run));
      from += run;
      continue;
    }
    let end = from + Math.max(run, 1);
    while (end < bytes.length && printableRun(bytes, end) < LITERAL_MIN) {
      end += Math.max(printableRun(bytes, end), 1);
    }
    builder.hex(bytes.subarray(from, end));
    from = end;
  }
}

function printableRun(bytes: Uint8Array, from: number): number {
  let end = from;
  while (end < bytes.length && isPrintable(bytes[end] as number)) end++;
  return end - from;
}

function isPrintable(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f;
}

class LineBuilder {
  readonly #send: string;
  readonly #lines: KeyLine[] = [];
  #commands: string[] = [];
  #client: Uint8Array[] = [];
  #length = 0;
  #lineBytes = 0;

  constructor(send: string) {
    this.#send = send;
  }

  command(argument: string, length: number): void {
    const command = `${this.#send} ${argument}`;
    if (this.#lineBytes + command.length > LINE_BYTES) this.#cut();
    this.#commands.push(command);
    this.#lineBytes += command.length + 3;
    this.#length += length;
  }

  hex(bytes: Uint8Array): void {
    // A third of the line and a little, for the command around it.
    this.#inPieces(bytes, 1_000, (piece) =>
      this.command(
        "-H " + Array.from(piece, (byte) => byte.toString(16)).join(" "),
        piece.length,
      ));
  }

  literal(bytes: Uint8Array): void {
    // Every byte could be a quote, which takes four.
    this.#inPieces(bytes, 800, (piece) => {
      const text = String.fromCharCode(...piece).replaceAll("'", `'\\''`);
      this.command(`-l -- '${text}'`, piece.length);
    });
  }

  client(bytes: Uint8Array): void {
    this.#client.push(bytes);
    this.#length += bytes.length;
  }

  skip(length: number): void {
    this.#length += length;
  }

  finish(): KeyLine[] {
    if (this.#length > 0) this.#cut();
    return this.#lines;
  }

  #inPieces(bytes: Uint8Array, size: number, add: (piece: Uint8Array) => void): void {
    for (let at = 0; at < bytes.length; at += size) add(bytes.subarray(at, at + size));
  }

  #cut(): void {
    if (this.#length === 0) return;
    this.#lines.push({ commands: this.#commands, client: this.#client, length: this.#length });
    this.#commands = [];
    this.#client = [];
    this.#length = 0;
    this.#lineBytes = 0;
  }
}

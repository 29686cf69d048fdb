import type { InputWrite } from "./input.ts";
import type { ViewerClosed, ViewerEvent, ViewerSink } from "./viewer_event.ts";

export interface BindOptions {
  /** Output that may be sent before the first grant, in bytes. */
  readonly creditBytes: number;
  /** Where the viewer stopped: the first byte it does not have. */
  readonly resume?: { readonly epoch: string; readonly seq: number } | undefined;
}

interface BindingParts {
  readonly outcome: "replay" | "resync";
  readonly inputSeq: number;
  readonly sink: ViewerSink;
  readonly ackedSeq: () => number;
  readonly start: () => void;
  readonly grant: (bytes: number) => void;
  readonly write: (seq: number, bytes: Uint8Array) => InputWrite;
  readonly unbind: () => void;
}

/**
 * A viewer's connection to its attachment, until it is disposed or replaced; after that it does
 * nothing. Disposing starts the attachment's time of grace.
 */
export class Binding implements Disposable {
  /** Whether output goes on at the seq that was asked for, or with a resync and a paint. */
  readonly outcome: "replay" | "resync";
  /** The viewer sends its input from here on: what lies below is in the session. */
  readonly inputSeq: number;
  readonly #parts: BindingParts;
  #started = false;
  #over: ViewerClosed | "disposed" | undefined;
  #toldAck: number;

  constructor(parts: BindingParts) {
    this.outcome = parts.outcome;
    this.inputSeq = this.#toldAck = parts.inputSeq;
    this.#parts = parts;
  }

  /** From here on the sink is called; the answer to the viewer's attach goes out before. */
  start(): void {
    if (this.#started || this.#over === "disposed") return;
    this.#started = true;
    if (this.#over !== undefined) return this.#parts.sink({ type: "closed", reason: this.#over });
    this.onAck(this.#parts.ackedSeq());
    this.#parts.start();
  }

  /** `bytes` more output may be sent. */
  grant(bytes: number): void {
    if (this.#over === undefined) this.#parts.grant(bytes);
  }

  /** Types `bytes`, which begin at `seq` of the viewer's input. */
  write(seq: number, bytes: Uint8Array): InputWrite {
    if (this.#over !== undefined) return { state: "closed" };
    return this.#parts.write(seq, bytes);
  }

  [Symbol.dispose](): void {
    if (this.#over === undefined) {
      this.#over = "disposed";
      this.#parts.unbind();
    }
    this.#over = "disposed";
  }

  /** For the attachment: an event in the stream of output. */
  readonly onEvent = (event: ViewerEvent): void => {
    if (this.#over === undefined) this.#parts.sink(event);
  };

  /** For the attachment: input below `seq` is in the session. */
  onAck(seq: number): void {
    if (!this.#started || this.#over !== undefined || seq <= this.#toldAck) return;
    this.#toldAck = seq;
    this.#parts.sink({ type: "input-ack", seq });
  }

  /** For the attachment: it is over. */
  onClosed(reason: ViewerClosed): void {
    if (this.#over !== undefined) return;
    this.#over = reason;
    if (this.#started) this.#parts.sink({ type: "closed", reason });
  }
}

import {
  type AttachResult,
  type ChannelFrame,
  type ChannelId,
  CREDIT_WINDOW_BYTES,
  CreditDebt,
  encodeBytesFrame,
  hostId,
  MAX_INPUT_BYTES,
  type MethodInput,
  sessionId,
  viewerId,
} from "@chatcode/protocol";
import { waitFor } from "../../kit/testing/wait_for.ts";
import type { WireClient } from "./wire_client.ts";

export interface WireTerminalOptions {
  readonly host: string;
  readonly session: string;
  readonly cols?: number;
  readonly rows?: number;
}

/** Output kept to look for texts in, in characters. */
const KEPT_TEXT = 64 * 1024;

/**
 * One attached view of a session over a `WireClient`. It grants output again as it comes; input
 * beyond the window is the caller's care.
 */
export class WireTerminal implements AsyncDisposable {
  readonly #client: WireClient;
  readonly #decoder = new TextDecoder();
  readonly #debt = new CreditDebt();
  readonly channel: ChannelId;
  /** Called with each piece of output as it comes. */
  onOutput: (bytes: Uint8Array) => void = () => {};
  /** What came, as text; only the end is kept. */
  text = "";
  outputBytes = 0;
  inputSeq = 0;
  closedReason: string | undefined;
  attached!: AttachResult;

  private constructor(client: WireClient) {
    this.#client = client;
    this.channel = client.openChannel({
      output: ({ bytes }) => this.#output(bytes),
      frame: (frame) => this.#frame(frame),
    });
  }

  static async attach(client: WireClient, options: WireTerminalOptions): Promise<WireTerminal> {
    const terminal = new WireTerminal(client);
    terminal.attached = await client.request("terminal.attach", {
      host: hostId.parse(options.host),
      session: sessionId.parse(options.session),
      channel: terminal.channel,
      viewer: viewerId.parse(crypto.randomUUID()),
      cols: options.cols ?? 80,
      rows: options.rows ?? 24,
      creditBytes: CREDIT_WINDOW_BYTES,
      foreground: true,
    } as MethodInput<"terminal.attach">);
    return terminal;
  }

  write(input: string | Uint8Array): void {
    const bytes = typeof input === "string" ? new TextEncoder().encode(input) : input;
    for (let at = 0; at < bytes.length; at += MAX_INPUT_BYTES) {
      const part = bytes.subarray(at, at + MAX_INPUT_BYTES);
      this.#client.sendRaw(encodeBytesFrame({
        kind: "input",
        channel: this.channel,
        seq: this.inputSeq,
        bytes: part,
      }));
      this.inputSeq += part.length;
    }
  }

  /** Waits until the text came, since the last `forget()`. */
  async read(text: string, deadlineMs = 10_000): Promise<void> {
    await waitFor(() => this.text.includes(text), {
      what: `"${text}" in the terminal`,
      deadlineMs,
    }).catch((cause) => {
      throw new Error(`${cause.message}; it ends: ${JSON.stringify(this.text.slice(-300))}`);
    });
  }

  forget(): void {
    this.text = "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.closedReason === undefined) {
      await this.#client.request("terminal.detach", {
        channel: this.channel,
      } as MethodInput<"terminal.detach">).catch(() => {});
    }
    this.#client.closeChannel(this.channel);
  }

  #output(bytes: Uint8Array): void {
    this.outputBytes += bytes.length;
    this.onOutput(bytes);
    this.text = (this.text + this.#decoder.decode(bytes, { stream: true })).slice(-KEPT_TEXT);
    const grant = this.#debt.consume(bytes.length);
    if (grant > 0) this.#client.send({ type: "credit", channel: this.channel, bytes: grant });
  }

  #frame(frame: ChannelFrame): void {
    if (frame.type === "closed") this.closedReason = frame.reason;
  }
}

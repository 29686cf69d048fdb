// @ts-types="@types/ws"
import { WebSocket } from "ws";
import { withDeadline } from "@chatcode/kit";
import type { Wire } from "./wire_arbitrary.ts";

const ANSWER_LIMIT_MS = 20_000;

/** A WebSocket that sends anything and keeps no more than it must of what comes. */
export class RawSocket implements AsyncDisposable {
  readonly #socket: WebSocket;
  readonly #opened = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<number>();
  readonly #firstText = Promise.withResolvers<string>();
  /** The ping that is waited for. */
  #ping: { id: number; answered: (byPong: boolean) => void } | undefined;

  constructor(url: string, headers: Record<string, string>) {
    this.#socket = new WebSocket(url, { headers, perMessageDeflate: false });
    this.#opened.promise.catch(() => {});
    this.#firstText.promise.catch(() => {});
    this.#socket.on("open", () => this.#opened.resolve());
    this.#socket.on("error", (error) => this.#opened.reject(error));
    this.#socket.on("close", (code) => {
      this.#opened.reject(new Error(`closed with ${code}`));
      this.#firstText.reject(new Error(`closed with ${code}`));
      this.#ping?.answered(false);
      this.#closed.resolve(code);
    });
    this.#socket.on("message", (data, isBinary) => {
      if (isBinary) return;
      const text = String(data);
      this.#firstText.resolve(text);
      if (text === `{"type":"pong","id":${this.#ping?.id}}`) this.#ping?.answered(true);
    });
  }

  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  /** The code it was closed with; 1006 if without a word. */
  get closed(): Promise<number> {
    return this.#closed.promise;
  }

  send(wire: Wire): void {
    if (typeof wire === "string") this.#socket.send(wire);
    else this.#socket.send(wire.bytes, { binary: !wire.text });
  }

  /** The first text that came. */
  async firstText(): Promise<string> {
    return await withDeadline(this.#firstText.promise, ANSWER_LIMIT_MS, "the first frame");
  }

  /** Whether a ping is answered: by then all that was sent before has been read. */
  async answers(id: number): Promise<boolean> {
    if (this.#socket.readyState !== WebSocket.OPEN) return false;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#ping = { id, answered: resolve };
    this.send(JSON.stringify({ type: "ping", id }));
    return await withDeadline(promise, ANSWER_LIMIT_MS, "a pong or a close");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.terminate();
    await this.#closed.promise;
  }
}

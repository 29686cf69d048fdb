// @ts-types="@types/ws"
import { WebSocket } from "ws";
import { waitFor } from "../../kit/testing/wait_for.ts";
import type { Wire } from "./wire_arbitrary.ts";

/** A WebSocket that sends anything and keeps no more than it must of what comes. */
export class RawSocket implements AsyncDisposable {
  readonly #socket: WebSocket;
  readonly #opened = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<number>();
  readonly #pongs = new Set<number>();
  #texts: string[] = [];

  constructor(url: string, headers: Record<string, string>) {
    this.#socket = new WebSocket(url, { headers, perMessageDeflate: false });
    this.#opened.promise.catch(() => {});
    this.#socket.on("open", () => this.#opened.resolve());
    this.#socket.on("error", (error) => this.#opened.reject(error));
    this.#socket.on("close", (code) => {
      this.#opened.reject(new Error(`closed with ${code}`));
      this.#closed.resolve(code);
    });
    this.#socket.on("message", (data, isBinary) => {
      if (isBinary) return;
      const text = String(data);
      const pong = /^\{"type":"pong","id":(\d+)\}$/.exec(text);
      if (pong) this.#pongs.add(Number(pong[1]));
      if (this.#texts.length < 3) this.#texts.push(text);
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
    return await waitFor(() => this.#texts[0], { what: "the first frame" });
  }

  /** Whether a ping is answered: by then all that was sent before has been read. */
  async answers(id: number): Promise<boolean> {
    this.send(JSON.stringify({ type: "ping", id }));
    return await waitFor(
      () => this.#pongs.has(id) || this.#socket.readyState !== WebSocket.OPEN,
      { what: "a pong or a close", deadlineMs: 20_000 },
    ) && this.#pongs.has(id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.terminate();
    await this.#closed.promise;
  }
}

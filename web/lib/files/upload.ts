import { MAX_UPLOAD_BYTES } from "@chatcode/protocol";
import { type Clock, Redial, sleep, systemClock } from "@chatcode/kit";
import { type Observable, Source } from "../observable.ts";
import {
  UploadError,
  type UploadPlace,
  type UploadTransport,
  type WrittenFile,
} from "./upload_transport.ts";

/** One request carries no more than this, in bytes: proxies bound what they take. */
export const PIECE_BYTES = 64 * 1024 * 1024;
/** After so many failures in a row without a byte more, a person must say whether to go on. */
export const MAX_FAILURES = 8;

export type UploadState =
  | { readonly state: "queued" }
  | { readonly state: "sending"; readonly sent: number }
  /** The way is cut; it goes on by itself. */
  | { readonly state: "stalled"; readonly sent: number; readonly message: string }
  | { readonly state: "done"; readonly file: WrittenFile }
  /** `again`: the same may work later. */
  | { readonly state: "failed"; readonly message: string; readonly again: boolean }
  | { readonly state: "cancelled" };

/** One file on its way into a workspace. It outlives cuts: what has arrived is not sent again. */
export class Upload {
  readonly id: string = crypto.randomUUID();
  readonly #transport: UploadTransport;
  readonly #clock: Clock;
  readonly #random: (() => number) | undefined;
  readonly #state = new Source<UploadState>({ state: "queued" });
  readonly #stop = new AbortController();
  #upload: string | undefined;
  /** Bytes that have arrived, as far as we know. */
  #offset = 0;
  #failures = 0;

  constructor(
    readonly file: Blob,
    readonly name: string,
    readonly place: UploadPlace,
    parts: { transport: UploadTransport; clock?: Clock; random?: () => number },
  ) {
    this.#transport = parts.transport;
    this.#clock = parts.clock ?? systemClock;
    this.#random = parts.random;
  }

  get state(): Observable<UploadState> {
    return this.#state;
  }

  /** Sends it, or what is missing of it. Never rejects: how it ends is told by `state`. */
  async run(): Promise<void> {
    const { state } = this.#state.value;
    if (state !== "queued" && state !== "failed") return;
    const { signal } = this.#stop;
    const redial = new Redial({
      clock: this.#clock,
      ...(this.#random !== undefined && { random: this.#random }),
    });
    this.#failures = 0;
    this.#state.value = { state: "sending", sent: this.#offset };
    while (!signal.aborted) {
      try {
        const file = await this.#send(signal);
        if (!signal.aborted) this.#state.value = { state: "done", file };
        return;
      } catch (error) {
        if (signal.aborted) return;
        const failure = await this.#failure(error);
        if (failure.kind === "gone") this.#forget();
        this.#failures += 1;
        if (failure.kind === "refused" || this.#failures > MAX_FAILURES) {
          const again = failure.kind !== "refused";
          this.#state.value = { state: "failed", message: failure.message, again };
          return;
        }
        this.#state.value = { state: "stalled", sent: this.#offset, message: failure.message };
        const waitMs = redial.next({ retryAfterMs: failure.retryAfterMs });
        await sleep(this.#clock, waitMs, signal).catch(() => {});
      }
    }
  }

  /** Stops it and takes away what has arrived. What is whole already stays. Safe twice. */
  cancel(): void {
    if (this.#stop.signal.aborted) return;
    const wasDone = this.#state.value.state === "done";
    this.#stop.abort();
    if (wasDone) return;
    this.#state.value = { state: "cancelled" };
    if (this.#upload !== undefined) void this.#transport.cancel(this.#upload);
  }

  async #send(signal: AbortSignal): Promise<WrittenFile> {
    const { name, file } = this;
    if (file.size > MAX_UPLOAD_BYTES) {
      throw new UploadError("Larger than 8 GB: that is too much for an upload", "refused");
    }
    if (this.#upload === undefined) {
      const upload = await this.#transport.create(this.place, { name, size: file.size });
      this.#upload = upload;
      // Cancelled meanwhile: nobody else knows of it.
      if (signal.aborted) void this.#transport.cancel(upload);
      signal.throwIfAborted();
    } else {
      this.#arrived(await this.#transport.offset(this.#upload, signal));
    }
    for (;;) {
      const from = this.#offset;
      this.#state.value = { state: "sending", sent: from };
      const bytes = file.slice(from, from + PIECE_BYTES);
      const answer = await this.#transport.put(this.#upload, from, bytes, {
        onProgress: (sent) => {
          if (!signal.aborted) this.#state.value = { state: "sending", sent: from + sent };
        },
        signal,
      });
      if ("path" in answer) return answer;
      if (answer.offset <= from) throw new UploadError("Nothing arrives", "cut");
      this.#arrived(answer.offset);
    }
  }

  async #failure(error: unknown): Promise<UploadError> {
    if (!(error instanceof UploadError)) return new UploadError("That did not work", "refused");
    // A browser tells a file that was changed or moved like a way that is cut.
    const isThere = await this.file.slice(0, 1).arrayBuffer().then(() => true, () => false);
    if (isThere) return error;
    return new UploadError("The file was changed or moved: choose it again", "refused");
  }

  #arrived(offset: number): void {
    if (offset > this.#offset) this.#failures = 0;
    this.#offset = Math.min(offset, this.file.size);
  }

  #forget(): void {
    this.#upload = undefined;
    this.#offset = 0;
  }
}

import { type Clock, GiveWay, type Log, systemClock } from "@chatcode/kit";
import {
  type BytesFrame,
  type CreditFrame,
  FILE_CHUNK_BYTES,
  FILE_WINDOW_BYTES,
  type FileEndFrame,
  ProtocolError,
  type RelayMethodParams,
  type RelayMethodResult,
  toWireError,
  TYPING_MS,
} from "@chatcode/protocol";
import type { RequestScope } from "../requests.ts";
import type { Uplink } from "../uplink.ts";
import { factsOf, versionOf } from "./file_facts.ts";
import { type Jail, openToRead } from "./jail.ts";
import { Receiving } from "./receiving.ts";
import { Sending } from "./sending.ts";
import type { Transfer, TransferEnd } from "./transfer.ts";
import type { Uploads } from "./uploads.ts";

/** Files on their way at once, over all. */
export const MAX_TRANSFERS = 32;

export interface FileChannelsOptions {
  readonly uplink: Pick<Uplink, "send" | "sendFile" | "bufferedBytes">;
  readonly jail: Jail;
  readonly uploads: Uploads;
  readonly log: Log;
  readonly clock?: Clock;
}

/** The numbered lanes in the uplink that carry files. SPEC [FI3]. */
export class FileChannels {
  readonly #options: FileChannelsOptions;
  readonly #clock: Clock;
  readonly #pace: GiveWay;
  readonly #transfers = new Map<number, Transfer>();
  /** Numbers that are taken while their file is being opened. */
  readonly #opening = new Set<number>();
  #typedAtMs = -Infinity;

  constructor(options: FileChannelsOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#pace = new GiveWay({
      clock: this.#clock,
      pieceBytes: FILE_CHUNK_BYTES,
      bufferedBytes: () => options.uplink.bufferedBytes,
      isNeeded: () => this.#clock.now() - this.#typedAtMs < TYPING_MS,
    });
  }

  get size(): number {
    return this.#transfers.size + this.#opening.size;
  }

  /** Somebody types: files give way for a while. SPEC [FI4]. */
  typed(): void {
    this.#typedAtMs = this.#clock.now();
  }

  /** Opens a file, and sends it once that is answered. @throws ProtocolError */
  async open(
    params: RelayMethodParams<"files.open">,
    scope: RequestScope,
  ): Promise<RelayMethodResult<"files.open">> {
    return await this.#reserved(params.channel, async () => {
      using found = await this.#options.jail.find(params.path);
      const file = await openToRead(found);
      const stat = await file.stat();
      const { start, end } = rangeOf(params, stat.size);
      const sending = new Sending(this.#endOf(params.channel), {
        file,
        stat,
        start,
        end,
        creditBytes: params.creditBytes,
        pace: this.#pace,
      });
      this.#add(params.channel, sending, scope);
      scope.afterAnswer(() => void sending.run()); // what it is comes first. SPEC [FI4].
      return { ...factsOf(found.path, stat), version: versionOf(stat), start, end };
    });
  }

  /** Opens an upload for its bytes. @throws ProtocolError */
  async receive(
    { upload, channel }: RelayMethodParams<"uploads.receive">,
    scope: RequestScope,
  ): Promise<RelayMethodResult<"uploads.receive">> {
    return await this.#reserved(channel, async () => {
      const { uploads } = this.#options;
      const { file, offset, size } = await uploads.openPart(upload, scope.principal);
      const receiving = new Receiving(this.#endOf(channel), file, { offset, size });
      this.#add(channel, receiving, scope);
      uploads.writing(upload, receiving);
      return { offset, size, creditBytes: FILE_WINDOW_BYTES };
    });
  }

  credit(frame: CreditFrame): void {
    this.#transfers.get(frame.channel)?.grant(frame.bytes);
  }

  /** Bytes for a channel that is gone were under way when it went, and are dropped. */
  bytes(frame: BytesFrame): void {
    this.#transfers.get(frame.channel)?.take(frame);
  }

  ended(frame: FileEndFrame): void {
    const transfer = this.#transfers.get(frame.channel);
    this.#transfers.delete(frame.channel);
    transfer?.ended(frame.outcome);
  }

  /** The uplink is gone and its numbers with it. */
  endAll(): void {
    const transfers = [...this.#transfers.values()];
    this.#transfers.clear();
    for (const transfer of transfers) transfer.stop();
  }

  async #reserved<T>(channel: number, work: () => Promise<T>): Promise<T> {
    if (this.#transfers.has(channel) || this.#opening.has(channel)) {
      throw new ProtocolError("CHANNEL_IN_USE", `Cannot open: channel ${channel} is open`);
    }
    if (this.size >= MAX_TRANSFERS) {
      throw new ProtocolError("LIMIT_REACHED", "Cannot open: too many files are on their way");
    }
    this.#opening.add(channel);
    try {
      return await work();
    } finally {
      this.#opening.delete(channel);
    }
  }

  #add(channel: number, transfer: Transfer, scope: RequestScope): void {
    // A connection that went while the file was being opened takes its channels along.
    if (scope.signal.aborted) transfer.stop();
    else this.#transfers.set(channel, transfer);
  }

  #endOf(channel: number): TransferEnd {
    const { uplink, log } = this.#options;
    const end = (frame: Pick<FileEndFrame, "outcome" | "error">) => {
      this.#transfers.delete(channel);
      uplink.send({ type: "file-end", channel: channel as FileEndFrame["channel"], ...frame });
    };
    return {
      channel,
      sendBytes: (wire) => uplink.sendFile(wire),
      grant: (bytes) =>
        uplink.send({ type: "credit", channel: channel as FileEndFrame["channel"], bytes }),
      end: (outcome) => end({ outcome }),
      fail: (thrown) => {
        if (!(thrown instanceof ProtocolError)) log.error("file.failed", { error: thrown });
        end({ outcome: "failed", error: toWireError(thrown) });
      },
    };
  }
}

function rangeOf(params: RelayMethodParams<"files.open">, size: number) {
  const { start: from = 0, end: until = size, last } = params;
  const start = last === undefined ? Math.min(from, size) : Math.max(0, size - last);
  return { start, end: Math.max(start, Math.min(until, size)) };
}

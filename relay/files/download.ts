import { bufferPassed } from "@chatcode/kit";
import {
  type BytesFrame,
  type ChannelFrame,
  CreditDebt,
  FILE_CHUNK_BYTES,
  FILE_WINDOW_BYTES,
  type FileEndFrame,
  ProtocolError,
  type RelayMethodInput,
  type RelayMethodResult,
} from "@chatcode/protocol";
import type { HostLane, HostLaneEnd } from "../sockets/host_lane.ts";
import { askHost, type FileScope } from "./ask_host.ts";

export type FileFacts = RelayMethodResult<"files.open">;

/** A file that a machine holds open for us. Nothing is sent before somebody reads. */
export interface OpenedFile {
  readonly facts: FileFacts;
  /** To be read once, or cancelled. Errors with a ProtocolError if not all of it comes. */
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** The machine stops and closes the file. Safe at any time. */
  cancel(): void;
}

export type FileRange = Pick<RelayMethodInput<"files.open">, "start" | "end" | "last">;

/**
 * Opens a file, or a part of it. At most `FILE_WINDOW_BYTES` of it are here at any time: credit goes
 * out as the body is read. SPEC [FI4].
 * @throws ProtocolError FILE_NOT_FOUND, FILE_NOT_ALLOWED, HOST_OFFLINE, TIMEOUT, LIMIT_REACHED
 */
export async function openFile(
  scope: FileScope,
  path: string,
  range: FileRange = {},
): Promise<OpenedFile> {
  const lane = scope.socket.openLane((end) => new Download(end));
  try {
    const asked = { path, channel: lane.channel, creditBytes: 0, ...range };
    const facts = await askHost(scope, "files.open", asked);
    lane.opened(facts);
    return { facts, body: lane.body, cancel: () => lane.cancel() };
  } catch (thrown) {
    lane.cancel(); // after a TIMEOUT the machine may still open it
    throw thrown;
  }
}

/** The relay's end of a channel on which a file comes. */
class Download implements HostLane {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #end: HostLaneEnd;
  readonly #debt = new CreditDebt(FILE_CHUNK_BYTES);
  readonly #waiting: Uint8Array<ArrayBuffer>[] = [];
  #expected = 0;
  #until = 0;
  #granted = 0;
  #reader: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;
  #pulled: (() => void) | undefined;
  #started = false;
  /** The channel is free: `error` says why not all came. */
  #over: { error?: unknown } | undefined;

  constructor(end: HostLaneEnd) {
    this.#end = end;
    this.body = new ReadableStream({
      start: (reader) => {
        this.#reader = reader;
      },
      pull: () => this.#pull(),
      cancel: () => this.cancel(),
    }, { highWaterMark: 0 });
  }

  get channel() {
    return this.#end.channel;
  }

  opened({ start, end }: FileFacts): void {
    this.#expected = start;
    this.#until = end;
  }

  bytesFromHost({ kind, seq, bytes }: BytesFrame): void {
    if (this.#over || kind !== "download") return;
    const fits = seq === this.#expected && seq + bytes.length <= this.#until &&
      bytes.length <= this.#granted;
    if (!fits) {
      this.#end.send({ type: "file-end", channel: this.channel, outcome: "cancelled" });
      return this.#finish({ error: new ProtocolError("INTERNAL", "Cannot read on: bytes astray") });
    }
    this.#expected += bytes.length;
    this.#granted -= bytes.length;
    this.#waiting.push(bytes);
    bufferPassed(bytes.length);
    this.#deliver();
  }

  frameFromHost(frame: ChannelFrame | FileEndFrame): void {
    if (frame.type !== "file-end" || this.#over) return;
    const isWhole = frame.outcome === "done" && this.#expected === this.#until;
    this.#finish(isWhole ? {} : { error: errorOf(frame) });
  }

  hostGone(): void {
    const error = new ProtocolError("HOST_OFFLINE", "Cannot read on: the machine went offline");
    this.#finish({ error });
  }

  cancel(): void {
    this.#waiting.length = 0;
    if (this.#over) return;
    this.#end.send({ type: "file-end", channel: this.channel, outcome: "cancelled" });
    const error = new ProtocolError("CANCELLED", "Cannot read on: the transfer was cancelled");
    this.#finish({ error });
  }

  #pull(): Promise<void> | void {
    if (!this.#started) {
      this.#started = true;
      for (let left = FILE_WINDOW_BYTES; left > 0; left -= FILE_CHUNK_BYTES) {
        this.#grant(Math.min(left, FILE_CHUNK_BYTES));
      }
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#pulled = resolve;
    this.#deliver();
    return promise;
  }

  /** One piece for each pull; what came before an error is delivered first. */
  #deliver(): void {
    const pulled = this.#pulled;
    if (pulled === undefined) return;
    const bytes = this.#waiting.shift();
    if (bytes !== undefined) {
      this.#reader?.enqueue(bytes);
      const owed = this.#debt.consume(bytes.length);
      if (owed > 0 && !this.#over) this.#grant(owed);
    } else if (this.#over === undefined) {
      return;
    } else if (this.#over.error === undefined) {
      this.#reader?.close();
    } else {
      this.#reader?.error(this.#over.error);
    }
    this.#pulled = undefined;
    pulled();
  }

  #grant(bytes: number): void {
    this.#granted += bytes;
    this.#end.send({ type: "credit", channel: this.channel, bytes });
  }

  #finish(how: { error?: unknown }): void {
    if (this.#over) return;
    this.#over = how;
    this.#end.drop();
    this.#deliver();
  }
}

function errorOf({ outcome, error }: FileEndFrame): ProtocolError {
  if (error !== undefined) return ProtocolError.fromWire(error);
  if (outcome === "changed") {
    return new ProtocolError("CONFLICT", "Cannot read on: the file was changed meanwhile");
  }
  return new ProtocolError("INTERNAL", "Cannot read on: the machine sent less than it said");
}

import { type Observable, Source } from "../observable.ts";
import {
  httpUploads,
  type UploadPlace,
  type UploadTransport,
  type WrittenFile,
} from "./upload_transport.ts";
import { Upload, type UploadState } from "./upload.ts";

/** Files in the list at once; what is more is refused. */
export const MAX_UPLOADS = 20;
/** Sent at once; the others wait their turn. */
const MAX_SENDING = 2;

/** A file that goes, or is, where it should, and how far it is. */
export interface UploadRow {
  readonly id: string;
  readonly name: string;
  /** Undefined for one that was on the machine already. */
  readonly upload: Upload | undefined;
  readonly state: UploadState;
}

export function isUnderway({ state: { state } }: UploadRow): boolean {
  return state === "queued" || state === "sending" || state === "stalled";
}

/** Files on their way, in the order in which they were given. */
export class Uploads {
  readonly #transport: UploadTransport;
  readonly #rows = new Source<readonly UploadRow[]>([]);
  #sending = 0;

  constructor(transport: UploadTransport = httpUploads) {
    this.#transport = transport;
  }

  get rows(): Observable<readonly UploadRow[]> {
    return this.#rows;
  }

  /** @returns how many did not fit into the list */
  add(files: readonly File[], place: UploadPlace): number {
    const taken = files.slice(0, MAX_UPLOADS - this.#rows.value.length);
    const rows = taken.map((file) => {
      const upload = new Upload(file, file.name, place, { transport: this.#transport });
      upload.state.subscribe((state) => this.#become(upload.id, state));
      return { id: upload.id, name: upload.name, upload, state: upload.state.value };
    });
    this.#rows.value = [...this.#rows.value, ...rows];
    this.#next();
    return files.length - taken.length;
  }

  /** Puts a file on the list that is on the machine already, once. */
  attach(file: WrittenFile): void {
    const isThere = this.paths().includes(file.path);
    if (isThere || this.#rows.value.length >= MAX_UPLOADS) return;
    const row = { id: crypto.randomUUID(), name: file.name, upload: undefined };
    this.#rows.value = [...this.#rows.value, { ...row, state: { state: "done", file } }];
  }

  /** Of those that are on the machine. */
  paths(): string[] {
    return this.#rows.value.flatMap(({ state }) => state.state === "done" ? state.file.path : []);
  }

  /** Takes it off the list; cancelled unless it is whole. */
  remove(id: string): void {
    const row = this.#rows.value.find((row) => row.id === id);
    this.#rows.value = this.#rows.value.filter((row) => row.id !== id);
    row?.upload?.cancel();
  }

  /** Goes on with one that failed. */
  retry(id: string): void {
    const row = this.#rows.value.find((row) => row.id === id);
    if (row?.upload !== undefined) void this.#run(row.upload);
  }

  /** All of them end. */
  close(): void {
    for (const { upload } of this.#rows.value) upload?.cancel();
  }

  #next(): void {
    for (const { upload, state } of this.#rows.value) {
      if (this.#sending >= MAX_SENDING) return;
      if (state.state === "queued" && upload !== undefined) void this.#run(upload);
    }
  }

  async #run(upload: Upload): Promise<void> {
    this.#sending += 1;
    await upload.run();
    this.#sending -= 1;
    this.#next();
  }

  #become(id: string, state: UploadState): void {
    this.#rows.value = this.#rows.value.map((row) => row.id === id ? { ...row, state } : row);
  }
}

import {
  UploadError,
  type UploadTransport,
  type WrittenFile,
} from "../lib/files/upload_transport.ts";

/** The relay's side of uploads, played: it keeps what arrives, and breaks when it is told to. */
export class PlayedTransport implements UploadTransport {
  readonly arrived = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly cancelled: string[] = [];
  readonly calls: string[] = [];
  /** Each request takes one: it fails so, after so many bytes. */
  faults: { readonly after: number; readonly error: UploadError }[] = [];
  /** While set, sending waits for it. */
  hold: Promise<void> | undefined;
  #lastId = 0;
  readonly #names = new Map<string, { name: string; size: number }>();

  create(_place: unknown, file: { name: string; size: number }): Promise<string> {
    this.calls.push(`create ${file.name} ${file.size}`);
    const fault = this.faults[0];
    if (fault?.after === -1) {
      this.faults.shift();
      return Promise.reject(fault.error);
    }
    const id = `up${++this.#lastId}`;
    this.arrived.set(id, new Uint8Array());
    this.#names.set(id, file);
    return Promise.resolve(id);
  }

  async put(
    upload: string,
    offset: number,
    bytes: Blob,
    options: { onProgress: (sent: number) => void; signal: AbortSignal },
  ): Promise<WrittenFile | { offset: number }> {
    this.calls.push(`put ${upload} ${offset}`);
    const fault = this.faults.shift();
    const before = this.arrived.get(upload);
    if (before === undefined) throw new UploadError("not known", "gone");
    if (offset !== before.length) return { offset: before.length };
    const sent = bytes.slice(0, fault?.after ?? bytes.size);
    options.onProgress(sent.size);
    await this.hold;
    options.signal.throwIfAborted();
    const whole = new Uint8Array(await new Blob([before, sent]).arrayBuffer());
    this.arrived.set(upload, whole);
    if (fault !== undefined) throw fault.error;
    const { name, size } = this.#names.get(upload) ?? { name: "", size: 0 };
    if (whole.length < size) return { offset: whole.length };
    return { path: `/home/ada/work/uploads/${name}`, name, size };
  }

  offset(upload: string): Promise<number> {
    this.calls.push(`offset ${upload}`);
    const bytes = this.arrived.get(upload);
    if (bytes === undefined) return Promise.reject(new UploadError("not known", "gone"));
    return Promise.resolve(bytes.length);
  }

  cancel(upload: string): Promise<void> {
    this.cancelled.push(upload);
    this.arrived.delete(upload);
    return Promise.resolve();
  }
}

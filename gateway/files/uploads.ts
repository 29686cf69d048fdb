import { type Clock, type Log, systemClock } from "@chatcode/kit";
import {
  ProtocolError,
  type RelayMethodParams,
  type RelayMethodResult,
  type UploadId,
} from "@chatcode/protocol";
import { statfs } from "node:fs/promises";
import { placeFile } from "./place_file.ts";
import { type Found, isWithin, type Jail, notAllowed } from "./jail.ts";
import { openPath } from "./open_path.ts";
import { diskFull, isDiskFull, type Receiving } from "./receiving.ts";
import { type Upload, UploadBook } from "./upload_book.ts";
import { partName, plainName } from "./upload_name.ts";

/** Unfinished uploads at once. */
export const MAX_UPLOADS = 64;
/** An upload that nothing was added to for so long is forgotten, in milliseconds. */
export const UPLOAD_KEPT_MS = 24 * 3600_000;
/** What an upload must leave free on the disk, in bytes. */
export const DISK_RESERVE_BYTES = 64 * 1024 ** 2;

const SWEEP_MS = 3600_000;

export interface UploadsOptions {
  readonly jail: Jail;
  /** Where the book lies. */
  readonly folder: string;
  readonly log: Log;
  readonly clock?: Clock;
}

/** A part file that is open for more. */
export interface OpenPart {
  readonly file: Deno.FsFile;
  readonly offset: number;
  readonly size: number;
}

/** Files that come into the workspace, over cuts and restarts. SPEC [FI6] to [FI8]. */
export class Uploads implements Disposable {
  readonly #jail: Jail;
  readonly #book: UploadBook;
  readonly #log: Log;
  readonly #clock: Clock;
  /** Who writes an upload's bytes now. */
  readonly #writers = new Map<UploadId, Receiving>();
  /** Finishing is done once, however often it is asked for. */
  readonly #finishing = new Map<UploadId, Promise<RelayMethodResult<"uploads.finish">>>();
  #sweeping: Disposable | undefined;
  #creating = 0;

  private constructor(options: UploadsOptions, book: UploadBook) {
    this.#jail = options.jail;
    this.#book = book;
    this.#log = options.log;
    this.#clock = options.clock ?? systemClock;
  }

  static async open(options: UploadsOptions): Promise<Uploads> {
    const uploads = new Uploads(options, await UploadBook.open(options.folder, options.log));
    await uploads.sweep();
    return uploads;
  }

  /** @param base where `uploads/<day>` belongs. @throws ProtocolError */
  async create(
    params: RelayMethodParams<"uploads.create">,
    { principal, base }: { principal: string; base: string },
  ): Promise<RelayMethodResult<"uploads.create">> {
    const known = this.#book.get(params.upload);
    if (known !== undefined) return this.#own(known.id, principal);
    const open = this.#book.all().filter(({ done }) => done === undefined).length;
    if (open + this.#creating >= MAX_UPLOADS) {
      throw new ProtocolError("LIMIT_REACHED", "Cannot upload: too many uploads are unfinished");
    }
    this.#creating += 1;
    try {
      using folder = await this.#folderOf(params.folder, base);
      await checkSpace(folder, params.size);
      const name = plainName(params.name);
      const part = partName(name, params.upload);
      const file = await Deno.open(`${folder.at}/${part}`, { write: true, createNew: true })
        .catch((cause: unknown) => {
          throw isDiskFull(cause)
            ? diskFull(cause)
            : notAllowed("no permission to write there", cause);
        });
      file.close();
      const { upload: id, size } = params;
      const createdAtMs = this.#clock.now();
      await this.#book.put({ id, principal, folder: folder.path, name, part, size, createdAtMs });
      return { folder: folder.path, name };
    } finally {
      this.#creating -= 1;
    }
  }

  /** How far an upload is. @throws ProtocolError */
  async state(id: UploadId, principal: string): Promise<RelayMethodResult<"uploads.state">> {
    const upload = this.#own(id, principal);
    const { size, done } = upload;
    if (done !== undefined) return { offset: size, size, done };
    using folder = await this.#jail.findFolder(upload.folder);
    using part = await this.#part(upload, folder);
    return { offset: part.stat.size, size };
  }

  /** Opens the part file; an older writer's channel ends. @throws ProtocolError */
  async openPart(id: UploadId, principal: string): Promise<OpenPart> {
    const upload = this.#own(id, principal);
    if (upload.done !== undefined || this.#finishing.has(id)) {
      throw new ProtocolError("CONFLICT", "Cannot go on: the upload is whole already");
    }
    await this.#quiet(id);
    using folder = await this.#jail.findFolder(upload.folder);
    using part = await this.#part(upload, folder);
    const file = await Deno.open(part.at, { write: true });
    try {
      const offset = await file.seek(0, Deno.SeekMode.End);
      if (offset > upload.size) throw new ProtocolError("CONFLICT", "Cannot go on: it is too long");
      return { file, offset, size: upload.size };
    } catch (thrown) {
      file.close();
      throw thrown;
    }
  }

  /** From now on this one writes. */
  writing(id: UploadId, writer: Receiving): void {
    this.#writers.set(id, writer);
    void writer.settled.then(() => {
      if (this.#writers.get(id) === writer) this.#writers.delete(id);
    });
  }

  /** @throws ProtocolError CONFLICT if bytes are missing */
  finish(id: UploadId, principal: string): Promise<RelayMethodResult<"uploads.finish">> {
    const { done } = this.#own(id, principal);
    if (done !== undefined) return Promise.resolve(done);
    const finishing = this.#finishing.get(id) ??
      this.#finish(id).finally(() => this.#finishing.delete(id));
    this.#finishing.set(id, finishing);
    return finishing;
  }

  async cancel(id: UploadId, principal: string): Promise<void> {
    const upload = this.#own(id, principal);
    if (upload.done !== undefined || this.#finishing.has(id)) return;
    await this.#forget(upload);
  }

  /** Forgets what is a day old, and takes its bytes away. */
  async sweep(): Promise<void> {
    this.#sweeping?.[Symbol.dispose]();
    for (const upload of this.#book.all()) {
      if (this.#writers.has(upload.id) || this.#finishing.has(upload.id)) continue;
      const touchedAtMs = await Deno.stat(`${upload.folder}/${upload.part}`)
        .then(({ mtime }) => mtime?.getTime() ?? 0, () => upload.createdAtMs);
      if (this.#clock.now() - touchedAtMs >= UPLOAD_KEPT_MS) await this.#forget(upload);
    }
    this.#sweeping = this.#clock.setTimer(() => {
      this.sweep().catch((error: unknown) => this.#log.warn("upload.not_swept", { error }));
    }, SWEEP_MS);
  }

  [Symbol.dispose](): void {
    this.#sweeping?.[Symbol.dispose]();
  }

  async #finish(id: UploadId): Promise<RelayMethodResult<"uploads.finish">> {
    await this.#quiet(id);
    const upload = this.#book.get(id)!;
    using folder = await this.#jail.findFolder(upload.folder);
    {
      using part = await this.#part(upload, folder);
      if (part.stat.size !== upload.size) {
        throw new ProtocolError("CONFLICT", "Cannot finish: bytes are missing");
      }
      using file = await Deno.open(part.at, { write: true });
      await file.sync();
    }
    const name = await placeFile(folder, upload.part, upload.name);
    const done = { path: `${folder.path}/${name}`, name, size: upload.size };
    await this.#book.put({ ...upload, done });
    await Deno.remove(`${folder.at}/${upload.part}`).catch(() => {}); // it was renamed
    return done;
  }

  async #forget(upload: Upload): Promise<void> {
    this.#writers.get(upload.id)?.end();
    await this.#writers.get(upload.id)?.settled;
    if (upload.done === undefined) {
      try {
        using folder = await this.#jail.findFolder(upload.folder);
        await Deno.remove(`${folder.at}/${upload.part}`);
      } catch (error) {
        this.#log.debug("upload.part_gone", { error });
      }
    }
    await this.#book.remove(upload.id);
  }

  /** Nobody writes any more. */
  async #quiet(id: UploadId): Promise<void> {
    const writer = this.#writers.get(id);
    writer?.end();
    await writer?.settled;
  }

  async #folderOf(wanted: string | undefined, base: string): Promise<Found> {
    if (wanted !== undefined) return await this.#jail.findFolder(wanted);
    const day = new Date(this.#clock.now()).toISOString().slice(0, 10);
    const start = isWithin(base, this.#jail.workspace) ? base : this.#jail.workspace;
    // One by one, so that none is made behind a link that leads outside.
    using root = await this.#jail.findFolder(start);
    using uploads = await this.#folderIn(root, "uploads");
    return await this.#folderIn(uploads, day);
  }

  async #folderIn(around: Found, name: string): Promise<Found> {
    await Deno.mkdir(`${around.at}/${name}`).catch((cause: unknown) => {
      if (cause instanceof Deno.errors.AlreadyExists) return;
      throw isDiskFull(cause) ? diskFull(cause) : notAllowed("no permission to write there", cause);
    });
    return await this.#jail.findFolder(`${around.path}/${name}`);
  }

  /** The part file itself, not what somebody may have put in its place. */
  async #part(upload: Upload, folder: Found): Promise<Found> {
    const path = `${folder.path}/${upload.part}`;
    const opened = await openPath(path);
    if (opened !== undefined) {
      const stat = await Deno.stat(opened.at);
      if (stat.isFile && opened.path === path) return { ...opened, stat };
      opened[Symbol.dispose]();
    }
    await this.#book.remove(upload.id);
    throw gone();
  }

  #own(id: UploadId, principal: string): Upload {
    const upload = this.#book.get(id);
    if (upload?.principal !== principal) throw gone();
    return upload;
  }
}

function gone(): ProtocolError {
  return new ProtocolError("UPLOAD_NOT_FOUND", "Cannot go on: there is no such upload");
}

async function checkSpace(folder: Found, size: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder.at);
  if (size + DISK_RESERVE_BYTES > bavail * bsize) throw diskFull();
}

import type { Log } from "@chatcode/kit";
import { type UploadId, uploadId } from "@chatcode/protocol";
import { z } from "zod";

const upload = z.object({
  id: uploadId,
  /** Whose it is. */
  principal: z.string(),
  /** The real path. */
  folder: z.string(),
  /** As it is wanted. */
  name: z.string(),
  /** What its bytes are called until they are whole. */
  part: z.string(),
  size: z.int().min(0),
  createdAtMs: z.int().min(0),
  /** What became of it. */
  done: z.object({ path: z.string(), name: z.string(), size: z.int().min(0) }).optional(),
});
export type Upload = z.infer<typeof upload>;

/** Which uploads there are, in one small file each: they outlive the gateway. */
export class UploadBook {
  readonly #folder: string;
  readonly #log: Log;
  readonly #uploads = new Map<string, Upload>();

  private constructor(folder: string, log: Log) {
    this.#folder = folder;
    this.#log = log;
  }

  /** Makes the folder if need be, for this user only. */
  static async open(folder: string, log: Log): Promise<UploadBook> {
    const book = new UploadBook(folder, log);
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    for await (const { name } of Deno.readDir(folder)) {
      if (name.endsWith(".json")) await book.#load(name);
      else await Deno.remove(`${folder}/${name}`).catch(() => {}); // a write that was cut
    }
    return book;
  }

  get(id: string): Upload | undefined {
    return this.#uploads.get(id);
  }

  all(): Upload[] {
    return [...this.#uploads.values()];
  }

  async put(upload: Upload): Promise<void> {
    const path = this.#path(upload.id);
    const temporary = `${path}.${crypto.randomUUID().slice(0, 8)}.new`;
    await Deno.writeTextFile(temporary, JSON.stringify(upload), { mode: 0o600 });
    await Deno.rename(temporary, path);
    this.#uploads.set(upload.id, upload);
  }

  async remove(id: UploadId): Promise<void> {
    this.#uploads.delete(id);
    await Deno.remove(this.#path(id)).catch(() => {}); // it was never written
  }

  #path(id: string): string {
    return `${this.#folder}/${id}.json`;
  }

  async #load(name: string): Promise<void> {
    const path = `${this.#folder}/${name}`;
    try {
      const found = upload.parse(JSON.parse(await Deno.readTextFile(path)));
      this.#uploads.set(found.id, found);
    } catch (error) {
      this.#log.warn("upload.unreadable", { error });
      await Deno.remove(path).catch(() => {});
    }
  }
}

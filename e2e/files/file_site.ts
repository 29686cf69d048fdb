import { withDeadline } from "@chatcode/kit";
import { encodeHex } from "@std/encoding/hex";
import type { MethodResult } from "@chatcode/protocol";
import { createHash } from "node:crypto";
import { Site, type SiteOptions } from "../harness/site.ts";
import type { WireClient } from "../harness/wire_client.ts";

const LIMIT_MS = 300_000;

/** A site with files, and what a browser or script does with them. */
export class FileSite implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack;

  private constructor(
    stack: AsyncDisposableStack,
    readonly site: Site,
    readonly client: WireClient,
  ) {
    this.#stack = stack;
  }

  static async start(options: SiteOptions = {}): Promise<FileSite> {
    await using stack = new AsyncDisposableStack();
    const site = stack.use(await Site.start(options));
    const client = stack.use(await site.client());
    return new FileSite(stack.move(), site, client);
  }

  /** In the workspace. */
  path(name: string): string {
    return `${this.site.workspace}/${name}`;
  }

  async link(path: string, client = this.client): Promise<MethodResult<"previews.create">> {
    return await client.request("previews.create", { host: this.site.host as never, path });
  }

  /** An upload's id. */
  async begin(name: string, size: number, folder = ""): Promise<string> {
    const res = await this.api("POST", "", { host: this.site.host, name, size, folder });
    const body = await res.json();
    if (res.status !== 201) throw new Error(`POST: ${res.status} ${JSON.stringify(body)}`);
    return body.upload;
  }

  /** Asks `/api/uploads` with the API token. */
  async api(
    method: string,
    upload: string,
    body?: unknown,
    more: { headers?: Record<string, string>; signal?: AbortSignal } = {},
  ): Promise<Response> {
    const isBytes = body instanceof ReadableStream || body instanceof Uint8Array;
    const headers = { authorization: `Bearer ${this.site.apiToken}`, ...more.headers };
    const asked = fetch(`${this.site.relay.url}/api/uploads${upload && `/${upload}`}`, {
      method,
      headers,
      ...(body !== undefined && { body: isBytes ? body as BodyInit : JSON.stringify(body) }),
      ...(more.signal && { signal: more.signal }),
    });
    return await withDeadline(asked, LIMIT_MS, `${method} ${upload}`);
  }

  /** How far an upload is; undefined while that cannot be told. */
  async offset(upload: string): Promise<number | undefined> {
    const res = await this.api("HEAD", upload);
    await res.body?.cancel();
    const offset = res.headers.get("upload-offset");
    return res.ok && offset !== null ? Number(offset) : undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** Random bytes, the same for the same number of them. */
export function* content(size: number): Generator<Uint8Array<ArrayBuffer>> {
  const block = new Uint8Array(1024 * 1024);
  let state = 0x9e3779b9;
  const words = new Uint32Array(block.buffer);
  for (let at = 0; at < words.length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[at] = state;
  }
  for (let left = size, index = 0; left > 0; left -= block.length, index++) {
    words[0] = index; // no two blocks are alike, so that one in the wrong place shows
    yield block.slice(0, Math.min(left, block.length));
  }
}

export async function writeContent(path: string, size: number): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  for (const block of content(size)) {
    for (let done = 0; done < block.length;) done += await file.write(block.subarray(done));
  }
}

/** SHA-256 of whatever comes. */
export async function digest(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of pieces) hash.update(piece);
  return encodeHex(new Uint8Array(hash.digest()));
}

export async function digestOfFile(path: string): Promise<string> {
  using file = await Deno.open(path);
  return await digest(file.readable);
}

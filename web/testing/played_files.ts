import type { ErrorCode, Frame } from "@chatcode/protocol";
import { z } from "zod";

const WORKSPACE = "/home/ada/work";

type Req = Extract<Frame, { type: "req" }>;

const anyParams = z.object({
  path: z.string().default(""),
  session: z.string().optional(),
  id: z.string().default(""),
});
const wanted = z.object({
  name: z.string(),
  size: z.number(),
  folder: z.string().optional(),
  session: z.string().optional(),
});

/** A played machine's files, and the relay's uploads and links to them over HTTP. */
export class PlayedFiles {
  /** By their real path. */
  readonly files = new Map<string, { bytes: Uint8Array<ArrayBuffer>; mediaType: string }>();
  readonly links = new Map<string, string>();
  readonly revoked: string[] = [];
  /** The next uploads break after so many bytes, as a proxy's error. */
  breaks: number[] = [];
  /** While set, uploads are refused so. */
  refuses: { code: ErrorCode; message: string; status: number } | undefined;
  /** While set, bytes that arrive wait for it. */
  hold: Promise<void> | undefined;
  /** While set, the machine cannot be asked. */
  offline = false;
  /** How long links last, in milliseconds. */
  linkMs = 300_000;
  readonly #uploads = new Map<
    string,
    { path: string; size: number; bytes: Uint8Array<ArrayBuffer> }
  >();
  #lastId = 0;

  put(path: string, text: string, mediaType = "text/plain"): void {
    this.files.set(`${WORKSPACE}/${path}`, { bytes: new TextEncoder().encode(text), mediaType });
  }

  /** @returns the answer, or undefined if `frame` asks for something else */
  answer(frame: Req): Frame | undefined {
    const { path, session, id } = anyParams.parse(frame.params);
    const reply = (payload: unknown): Frame => ({ type: "res", id: frame.id, ok: true, payload });
    const refuse = (code: ErrorCode): Frame => ({
      type: "res",
      id: frame.id,
      ok: false,
      error: { code, message: `Cannot read "${path}": ${code}` },
    });
    const real = realPath(path, session);
    if (this.offline) return refuse("HOST_OFFLINE");
    switch (frame.method) {
      case "files.list": {
        if (!real.startsWith(WORKSPACE)) return refuse("FILE_NOT_ALLOWED");
        const entries = this.#entries(real);
        if (entries.length === 0 && real !== WORKSPACE) return refuse("FILE_NOT_FOUND");
        return reply({ path: real, entries, truncated: false });
      }
      case "files.stat": {
        const name = real.slice(real.lastIndexOf("/") + 1);
        if (!real.startsWith(WORKSPACE)) return refuse("FILE_NOT_ALLOWED");
        const file = this.files.get(real);
        if (file === undefined && this.#entries(real).length === 0) return refuse("FILE_NOT_FOUND");
        return reply({
          path: real,
          name,
          kind: file === undefined ? "folder" : "file",
          size: file?.bytes.length ?? 0,
          modifiedAtMs: Date.now() - 90_000,
          mediaType: file?.mediaType ?? "",
        });
      }
      case "previews.create": {
        const file = this.files.get(real);
        if (file === undefined) return refuse("FILE_NOT_FOUND");
        const grant = `grant${++this.#lastId}`;
        this.links.set(grant, real);
        return reply({
          id: grant,
          url: `/p/${grant}`,
          name: real.slice(real.lastIndexOf("/") + 1),
          size: file.bytes.length,
          mediaType: file.mediaType,
          expiresAtMs: Date.now() + this.linkMs,
        });
      }
      case "previews.revoke":
        this.revoked.push(id);
        this.links.delete(id);
        return reply({});
      default:
        return undefined;
    }
  }

  /** @returns undefined if the request is none of ours */
  async http(req: Request): Promise<Response | undefined> {
    const { pathname, searchParams } = new URL(req.url);
    const [, grant] = /^\/p\/(\w+)$/.exec(pathname) ?? [];
    if (grant !== undefined) {
      const path = this.links.get(grant);
      const file = path === undefined ? undefined : this.files.get(path);
      if (file === undefined) return new Response("gone", { status: 404 });
      const headers = new Headers({
        "content-type": file.mediaType,
        "content-security-policy":
          "sandbox; default-src 'none'; img-src data:; frame-ancestors 'self'",
      });
      if (searchParams.has("download")) headers.set("content-disposition", "attachment");
      return new Response(file.bytes, { headers });
    }
    if (!pathname.startsWith("/api/uploads")) return undefined;
    if (!req.headers.get("x-csrf-token")?.startsWith("csrf-")) {
      return refusal("FORBIDDEN", "Cannot do that: load the page again", 403);
    }
    return await this.#upload(req, pathname.slice("/api/uploads/".length));
  }

  async #upload(req: Request, id: string): Promise<Response> {
    if (req.method === "POST") {
      const { name, size, folder, session } = wanted.parse(await req.json());
      if (this.refuses !== undefined) {
        const { code, message, status } = this.refuses;
        return refusal(code, message, status);
      }
      const base = folder ??
        `${WORKSPACE}${session === undefined ? "" : "/shop"}/uploads/2026-11-20`;
      const upload = `upload${++this.#lastId}`;
      this.#uploads.set(upload, { path: `${base}/${name}`, size, bytes: new Uint8Array() });
      return Response.json({ upload, folder: base, name, offset: 0 }, { status: 201 });
    }
    const upload = this.#uploads.get(id);
    if (upload === undefined) return refusal("UPLOAD_NOT_FOUND", "There is no such upload", 404);
    const headers = { "upload-offset": String(upload.bytes.length) };
    if (req.method === "HEAD") return new Response(null, { headers });
    if (req.method === "DELETE") {
      this.#uploads.delete(id);
      return new Response(null, { status: 204 });
    }
    if (Number(req.headers.get("upload-offset")) !== upload.bytes.length) {
      return new Response(null, { status: 409, headers });
    }
    const body = await req.bytes();
    await this.hold;
    if (!this.#uploads.has(id)) return refusal("UPLOAD_NOT_FOUND", "It was cancelled", 404);
    const limit = this.breaks.shift();
    upload.bytes = new Uint8Array(
      await new Blob([upload.bytes, body.slice(0, limit)]).arrayBuffer(),
    );
    if (limit !== undefined) return new Response("<h1>Bad gateway</h1>", { status: 502 });
    if (upload.bytes.length < upload.size) return new Response(null, { status: 204 });
    const { path, size, bytes } = upload;
    this.files.set(path, { bytes, mediaType: "application/octet-stream" });
    return Response.json({ path, name: path.slice(path.lastIndexOf("/") + 1), size });
  }

  #entries(folder: string) {
    const prefix = `${folder}/`;
    const found = new Map<string, { kind: "file" | "folder"; size: number }>();
    for (const [path, { bytes }] of this.files) {
      if (!path.startsWith(prefix)) continue;
      const [name = "", ...rest] = path.slice(prefix.length).split("/");
      const kind = rest.length > 0 ? "folder" : "file";
      found.set(name, { kind, size: kind === "file" ? bytes.length : 0 });
    }
    return [...found].map(([name, { kind, size }]) => ({
      name,
      kind,
      size,
      modifiedAtMs: Date.now() - 90_000 - size * 60_000,
    })).sort((a, b) => b.kind.localeCompare(a.kind) || a.name.localeCompare(b.name));
  }
}

function realPath(path: string, session: string | undefined): string {
  if (path === "") return WORKSPACE;
  if (path.startsWith("~/")) return `/home/ada/${path.slice(2)}`;
  if (path.startsWith("/")) return path;
  const base = session === undefined ? WORKSPACE : `${WORKSPACE}/shop`;
  return new URL(path, `file://${base}/`).pathname;
}

function refusal(code: ErrorCode, message: string, status: number): Response {
  return Response.json({ error: { code, message } }, { status });
}

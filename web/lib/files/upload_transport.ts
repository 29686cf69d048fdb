import { type HostId, type SessionId, type WireError, wireError } from "@chatcode/protocol";
import * as z from "zod";
import { signInUrl } from "../tab_connection.ts";

/** Where a file goes: a folder of the machine's workspace, or where a session keeps its uploads. */
export interface UploadPlace {
  readonly host: HostId;
  readonly session?: SessionId;
  readonly folder?: string;
}

export interface WrittenFile {
  readonly path: string;
  readonly name: string;
  readonly size: number;
}

/** How an upload failed. */
export class UploadError extends Error {
  override readonly name = "UploadError";
  constructor(
    message: string,
    /** `cut`: the same may work later. `gone`: the relay knows it no more. */
    readonly kind: "cut" | "gone" | "refused",
    readonly retryAfterMs?: number,
  ) {
    super(message);
  }
}

/** The relay's side of uploads. SPEC [UP1]. */
export interface UploadTransport {
  /** @throws {UploadError} */
  create(place: UploadPlace, file: { name: string; size: number }): Promise<string>;
  /**
   * Sends `bytes`, which begin at `offset`.
   * @returns the file once it is whole, else how far it is now
   * @throws {UploadError}; the signal's reason as soon as it aborts
   */
  put(
    upload: string,
    offset: number,
    bytes: Blob,
    options: { onProgress: (sent: number) => void; signal: AbortSignal },
  ): Promise<WrittenFile | { offset: number }>;
  /** How far it is. @throws {UploadError} */
  offset(upload: string, signal: AbortSignal): Promise<number>;
  /** Takes away what came of it; failing is no matter, for it is swept in the end. */
  cancel(upload: string): Promise<void>;
}

const ANSWER_MS = 20_000;
/** Bytes that do not move for so long have no way left, in milliseconds. */
const STANDSTILL_MS = 30_000;
/** From the last byte to the answer: the file is on the disk by then. */
const WRITTEN_MS = 120_000;
const CUT = "The relay cannot be reached";
const written = z.object({ path: z.string(), name: z.string(), size: z.number() });

/** By HTTP, from a page of the relay's. Browser only. */
export const httpUploads: UploadTransport = {
  async create(place, file) {
    const response = await ask("POST", "/api/uploads", {
      body: JSON.stringify({ ...place, ...file }),
      headers: { "content-type": "application/json" },
    });
    const parsed = z.object({ upload: z.string() }).safeParse(await json(response));
    if (parsed.success) return parsed.data.upload;
    throw new UploadError("The relay gave an answer nobody expects", "refused");
  },

  put(upload, offset, bytes, { onProgress, signal }) {
    const { promise, resolve, reject } = Promise.withResolvers<WrittenFile | { offset: number }>();
    // Not fetch(), which does not tell how far it is.
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    let timer: ReturnType<typeof setTimeout>;
    /** Gives up if nothing happens for `ms`. */
    const watch = (ms: number) => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        reject(new UploadError(CUT, "cut"));
        abort();
      }, ms);
    };
    request.open("PUT", `/api/uploads/${upload}`);
    for (const [name, value] of Object.entries(csrfHeaders())) {
      request.setRequestHeader(name, value);
    }
    request.setRequestHeader("upload-offset", String(offset));
    request.setRequestHeader("content-type", "application/octet-stream");
    request.upload.onprogress = ({ loaded }) => {
      watch(STANDSTILL_MS);
      onProgress(loaded);
    };
    request.upload.onload = () => watch(WRITTEN_MS);
    request.onload = () => {
      const { status, responseText } = request;
      const whole = status === 200 ? written.safeParse(parse(responseText)) : undefined;
      if (whole?.success) return resolve(whole.data);
      if (status === 204) return resolve({ offset: offset + bytes.size });
      // We were wrong about how far it is, and are told.
      const right = Number(request.getResponseHeader("upload-offset") ?? NaN);
      if (status === 409 && Number.isSafeInteger(right)) return resolve({ offset: right });
      reject(errorOf(status, parse(responseText)));
    };
    request.onerror = () => reject(new UploadError(CUT, "cut"));
    request.onabort = () => reject(signal.reason);
    request.onloadend = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    };
    signal.addEventListener("abort", abort, { once: true });
    watch(STANDSTILL_MS);
    request.send(bytes);
    return promise;
  },

  async offset(upload, signal) {
    const response = await ask("HEAD", `/api/uploads/${upload}`, { signal });
    return Number(response.headers.get("upload-offset") ?? 0);
  },

  async cancel(upload) {
    await ask("DELETE", `/api/uploads/${upload}`).catch(() => {});
  },
};

/** @throws {UploadError} */
async function ask(
  method: string,
  path: string,
  options: { body?: string; headers?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<Response> {
  const { body, headers, signal } = options;
  const late = AbortSignal.timeout(ANSWER_MS);
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers: { ...csrfHeaders(), ...headers },
      ...(body !== undefined && { body }),
      signal: signal === undefined ? late : AbortSignal.any([signal, late]),
    });
  } catch {
    signal?.throwIfAborted();
    throw new UploadError(CUT, "cut");
  }
  if (response.ok) return response;
  throw errorOf(response.status, await json(response));
}

function csrfHeaders(): Record<string, string> {
  const token = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content;
  return token === undefined ? {} : { "x-csrf-token": token };
}

function errorOf(status: number, body: unknown): UploadError {
  if (status === 401) location.assign(signInUrl());
  const parsed = z.object({ error: wireError }).safeParse(body);
  if (!parsed.success) {
    // HEAD has no body, and a proxy's own errors are pages.
    if (status === 404) return new UploadError("The upload is not known any more", "gone");
    const kind = status >= 500 || status === 429 ? "cut" : "refused";
    return new UploadError(`The relay answered ${status}`, kind);
  }
  const { code, message, retryAfterMs } = parsed.data.error;
  return new UploadError(message, kindOf(code), retryAfterMs);
}

function kindOf(code: WireError["code"]): UploadError["kind"] {
  switch (code) {
    case "UPLOAD_NOT_FOUND":
      return "gone";
    case "HOST_OFFLINE":
    case "RATE_LIMITED":
    case "TIMEOUT":
    case "UNAVAILABLE":
    case "CONFLICT":
      return "cut";
    default:
      return "refused";
  }
}

async function json(response: Response): Promise<unknown> {
  return parse(await response.text().catch(() => ""));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

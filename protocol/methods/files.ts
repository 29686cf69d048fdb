import * as z from "zod";
import { channelId, hostId, sessionId, unixMs } from "../ids.ts";
import { FILE_WINDOW_BYTES, MAX_LISTED_ENTRIES, MAX_UPLOAD_BYTES } from "../limits.ts";
import { method } from "./method.ts";

/**
 * Absolute, `~/…`, or relative to the workspace; with a `session`, relative to that session's folder.
 * Taken as it is: nothing in it is decoded. SPEC [FI1].
 */
const path = z.string().max(4096);
const named = z.object({ host: hostId, path, session: sessionId.optional() });

const bytes = z.int().min(0);

const facts = z.object({
  /** The real one: absolute, without links. */
  path,
  name: z.string(),
  size: bytes,
  modifiedAtMs: unixMs,
  /** By the name's ending; what a file holds is not looked at. */
  mediaType: z.string().max(200),
});

export const folderEntry = z.object({
  name: z.string(),
  /** `link`: a symbolic link, whatever it leads to. `other`: a device, a pipe, a socket. */
  kind: z.enum(["file", "folder", "link", "other"]),
  size: bytes,
  modifiedAtMs: unixMs,
});
export type FolderEntry = z.infer<typeof folderEntry>;

export const fileMethods = {
  /** What is in a folder; the empty path is the workspace. SPEC [FI2]. */
  "files.list": method(
    named,
    z.object({
      /** The folder's real path. */
      path,
      /** The folder around it, if it may be listed too. */
      parent: path.optional(),
      entries: z.array(folderEntry).max(MAX_LISTED_ENTRIES),
      truncated: z.boolean(),
    }),
    { answeredBy: "host" },
  ),
  /** What a path leads to. SPEC [FI1]. */
  "files.stat": method(
    named,
    facts.extend({ kind: z.enum(["file", "folder"]) }),
    { answeredBy: "host" },
  ),
  /** A link that shows one file, to anybody who has it, for five minutes. SPEC [PV1]. */
  "previews.create": method(
    named,
    facts.omit({ path: true, modifiedAtMs: true }).extend({
      id: z.string().max(64),
      url: z.string().max(2_000),
      expiresAtMs: unixMs,
    }),
    { answeredBy: "relay" },
  ),
  /** The link stops at once. One that is over already is no error. SPEC [PV3]. */
  "previews.revoke": method(z.object({ id: z.string().max(64) }), z.object({}), {
    answeredBy: "relay",
  }),
} as const;

/** Made up by the relay; names one upload until it is a day old. SPEC [FI6]. */
export const uploadId = z.string().regex(/^[A-Za-z0-9_-]{16,64}$/).brand<"UploadId">();
export type UploadId = z.infer<typeof uploadId>;

const upload = z.object({ upload: uploadId });
const written = z.object({ path, name: z.string(), size: bytes });

export const relayFileMethods = {
  /**
   * Opens a file and sends it, or the part of it from `start` to before `end`, or its `last` bytes.
   * SPEC [FI4].
   */
  "files.open": method(
    z.object({
      path,
      channel: channelId,
      creditBytes: z.int().min(0).max(FILE_WINDOW_BYTES),
      start: bytes.optional(),
      end: bytes.optional(),
      last: bytes.optional(),
    }),
    facts.extend({
      /** Another one as soon as the file was changed. */
      version: z.string().max(100),
      /** What is sent; `start` equals `end` if the file has nothing there. */
      start: bytes,
      end: bytes,
    }),
    { answeredBy: "host" },
  ),
  /** Makes a place for a file that is to come. The same upload asked again is the same. SPEC [FI6]. */
  "uploads.create": method(
    upload.extend({
      /** In the workspace. Absent: `uploads/<day>` in the session's folder, or in the workspace. */
      folder: path.optional(),
      session: sessionId.optional(),
      name: z.string().min(1).max(1_000),
      size: bytes.max(MAX_UPLOAD_BYTES),
    }),
    z.object({ folder: path, name: z.string() }),
    { answeredBy: "host" },
  ),
  /** The bytes from `offset` on come on `channel`, against credit. SPEC [FI7]. */
  "uploads.receive": method(
    upload.extend({ channel: channelId }),
    z.object({ offset: bytes, size: bytes, creditBytes: z.int().min(0).max(FILE_WINDOW_BYTES) }),
    { answeredBy: "host" },
  ),
  /** All bytes are there: gives the file its name, and never another's. SPEC [FI8]. */
  "uploads.finish": method(upload, written, { answeredBy: "host", long: true }),
  /** How far it is. */
  "uploads.state": method(
    upload,
    z.object({ offset: bytes, size: bytes, done: written.optional() }),
    { answeredBy: "host" },
  ),
  /** Takes what came away again. One that is finished stays. */
  "uploads.cancel": method(upload, z.object({}), { answeredBy: "host" }),
} as const;

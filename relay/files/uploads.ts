import { type Clock, GiveWay } from "@chatcode/kit";
import {
  FILE_CHUNK_BYTES,
  type HostId,
  hostId,
  ProtocolError,
  type RelayMethodInput,
  type RelayMethodResult,
  type UploadId,
  uploadId,
} from "@chatcode/protocol";
import { encodeBase64Url } from "@std/encoding/base64url";
import type { Principal } from "../auth/principal.ts";
import type { Operations } from "../operations.ts";
import type { HostLaneEnd } from "../sockets/host_lane.ts";
import { askHost, type FileScope } from "./ask_host.ts";
import { UploadLane } from "./upload_lane.ts";

/** What is to be uploaded, and where to. */
export type UploadWish = Omit<RelayMethodInput<"uploads.create">, "upload"> & {
  readonly host: HostId;
};

/** Where a file lies now. */
export type Uploaded = RelayMethodResult<"uploads.finish">;

/** The offset that a body begins at is not the one the machine has come to. */
export class OffsetError extends Error {
  override readonly name = "OffsetError";
  constructor(readonly offset: number) {
    super(`Cannot go on there: the upload is at ${offset}`);
  }
}

/**
 * Files on their way to a machine. Nothing of them is kept here: an upload's name says which machine
 * it is on, and the machine knows whose it is and how far it has come. SPEC [UP1].
 */
export class Uploads {
  readonly #operations: Operations;
  readonly #clock: Clock;

  constructor({ operations, clock }: { operations: Operations; clock: Clock }) {
    this.#operations = operations;
    this.#clock = clock;
  }

  /**
   * Takes a whole file at once, as a channel such as Telegram has it. What did not come whole is
   * taken away again. The same `idempotencyKey` again within a day is the same file, put there once.
   * @throws ProtocolError as `create()` and `write()`; CONFLICT if the body is shorter than `size`
   */
  async receive(
    principal: Principal,
    wish: UploadWish,
    body: ReadableStream<Uint8Array>,
    { idempotencyKey, signal }: { idempotencyKey?: string; signal: AbortSignal },
  ): Promise<Uploaded> {
    const id = idempotencyKey === undefined
      ? randomId()
      : await idOf(principal.account, idempotencyKey);
    let { upload } = await this.#create(principal, wish, id);
    try {
      if (idempotencyKey !== undefined) {
        const { done, offset } = await this.state(principal, upload);
        if (done !== undefined) {
          await body.cancel();
          return done;
        }
        if (offset > 0) { // a relay before this one was stopped in the middle
          await this.cancel(principal, upload);
          ({ upload } = await this.#create(principal, wish, id));
        }
      }
      const { done } = await this.write(principal, upload, { offset: 0, body, signal });
      if (done !== undefined) return done;
      throw new ProtocolError("CONFLICT", "Cannot upload: it is shorter than was said");
    } catch (thrown) {
      await this.cancel(principal, upload).catch(() => {}); // the machine forgets it in a day
      throw thrown;
    }
  }

  /**
   * Begins an upload.
   * @throws ProtocolError FORBIDDEN, HOST_NOT_FOUND, HOST_OFFLINE, INVALID_REQUEST, FILE_NOT_FOUND,
   * FILE_NOT_ALLOWED, DISK_FULL, LIMIT_REACHED
   */
  async create(
    principal: Principal,
    wish: UploadWish,
  ): Promise<{ upload: string; folder: string; name: string }> {
    return await this.#create(principal, wish, randomId());
  }

  async #create(principal: Principal, { host, ...wish }: UploadWish, id: UploadId) {
    const scope = this.#scope(principal, host);
    const { folder, name } = await askHost(scope, "uploads.create", { ...wish, upload: id });
    return { upload: `${host}.${id}`, folder, name };
  }

  /**
   * Adds bytes, and finishes the upload when it is whole.
   * @throws OffsetError if it is not at `offset`; ProtocolError UPLOAD_NOT_FOUND, CANCELLED,
   * DISK_FULL, PAYLOAD_TOO_LARGE, HOST_OFFLINE, …; what the body throws; the signal's reason
   */
  async write(
    principal: Principal,
    upload: string,
    bytes: { offset: number; body: ReadableStream<Uint8Array>; signal: AbortSignal },
  ): Promise<{ offset: number; done?: Uploaded }> {
    const { scope, id } = this.#named(principal, upload);
    const lane = scope.socket.openLane((end) => new UploadLane(end, (end) => this.#pace(end)));
    let span;
    try {
      span = await askHost(scope, "uploads.receive", { upload: id, channel: lane.channel });
      if (span.offset !== bytes.offset) throw new OffsetError(span.offset);
    } catch (thrown) {
      lane.cancel();
      throw thrown;
    }
    const offset = await lane.send(bytes.body, span, bytes.signal);
    if (offset < span.size) return { offset };
    return { offset, done: await askHost(scope, "uploads.finish", { upload: id }) };
  }

  /** How far it is. @throws ProtocolError UPLOAD_NOT_FOUND, HOST_OFFLINE, … */
  async state(principal: Principal, upload: string): Promise<RelayMethodResult<"uploads.state">> {
    const { scope, id } = this.#named(principal, upload);
    return await askHost(scope, "uploads.state", { upload: id });
  }

  /** Ends whatever is being written, and takes it away. @throws ProtocolError UPLOAD_NOT_FOUND, … */
  async cancel(principal: Principal, upload: string): Promise<void> {
    const { scope, id } = this.#named(principal, upload);
    await askHost(scope, "uploads.cancel", { upload: id });
  }

  #scope(principal: Principal, host: HostId): FileScope {
    const socket = this.#operations.hostFor(principal, "file.write", host);
    return { account: principal.account, host, socket };
  }

  #named(principal: Principal, upload: string): { scope: FileScope; id: UploadId } {
    const [first = "", second = "", ...rest] = upload.split(".");
    const host = hostId.safeParse(first);
    const id = uploadId.safeParse(second);
    if (!host.success || !id.success || rest.length > 0) {
      throw new ProtocolError("UPLOAD_NOT_FOUND", "Cannot go on: there is no such upload");
    }
    return { scope: this.#scope(principal, host.data), id: id.data };
  }

  #pace(end: HostLaneEnd): GiveWay {
    return new GiveWay({
      clock: this.#clock,
      pieceBytes: FILE_CHUNK_BYTES,
      bufferedBytes: () => end.bufferedBytes,
      isNeeded: () => end.isTypedOn,
    });
  }
}

const ID_BYTES = 18;

function randomId(): UploadId {
  return uploadId.parse(encodeBase64Url(crypto.getRandomValues(new Uint8Array(ID_BYTES))));
}

async function idOf(account: string, key: string): Promise<UploadId> {
  const named = new TextEncoder().encode(`upload ${account} ${key}`);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", named));
  return uploadId.parse(encodeBase64Url(hash.slice(0, ID_BYTES)));
}

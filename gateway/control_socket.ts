import type { Log } from "@chatcode/kit";
import {
  encodeFrame,
  MAX_IN_FLIGHT,
  parseFrame,
  ProtocolError,
  type ReqFrame,
  type ResFrame,
  toWireError,
} from "@chatcode/protocol";
import { LineError, readChunks, readLines } from "./lines.ts";
import type { RequestSource } from "./requests.ts";

/** Bytes of one line in either direction. */
export const CONTROL_LINE_MAX_BYTES = 1024 * 1024;
const MAX_CONNECTIONS = 32;
/** How long answers are worked on after the asker closed its end, in milliseconds. */
const ANSWER_GRACE_MS = 2_000;

/** Answers one request; never throws. */
export type Answerer = (frame: ReqFrame, source: RequestSource) => Promise<void>;

/**
 * The door for helper commands: a Unix socket that only this user may open, with the wire's `req`
 * and `res` frames as lines of JSON.
 */
export class ControlSocket implements AsyncDisposable {
  readonly #listener: Deno.UnixListener;
  readonly #path: string;
  readonly #log: Log;
  readonly #answer: Answerer;
  readonly #connections = new Set<Deno.UnixConn>();
  readonly #closing = new AbortController();
  readonly #accepting: Promise<void>;

  private constructor(listener: Deno.UnixListener, path: string, answer: Answerer, log: Log) {
    this.#listener = listener;
    this.#path = path;
    this.#answer = answer;
    this.#log = log;
    this.#accepting = this.#accept();
  }

  /** A socket left by a killed gateway is replaced: call it only while holding the lock. */
  static open(path: string, options: { answer: Answerer; log: Log }): ControlSocket {
    removeIfThere(path);
    const listener = Deno.listen({ transport: "unix", path });
    Deno.chmodSync(path, 0o600); // its folder is 0700, which covers the moment before
    return new ControlSocket(listener, path, options.answer, options.log);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#listener.close();
    removeIfThere(this.#path);
    for (const connection of this.#connections) close(connection);
    await this.#accepting;
  }

  async #accept(): Promise<void> {
    const serving = new Set<Promise<void>>();
    for await (const connection of this.#listener) {
      if (this.#connections.size >= MAX_CONNECTIONS) {
        close(connection);
        continue;
      }
      this.#connections.add(connection);
      const served: Promise<void> = this.#serve(connection).finally(() => {
        this.#connections.delete(connection);
        close(connection);
        serving.delete(served);
      });
      serving.add(served);
    }
    await Promise.all(serving);
  }

  async #serve(connection: Deno.UnixConn): Promise<void> {
    const gone = new AbortController();
    const writer = connection.writable.getWriter();
    const answering = new Set<Promise<void>>();
    const write = (frame: ResFrame) => {
      const line = new TextEncoder().encode(encodeFrame(frame as never) + "\n");
      return writer.write(line).catch(() => gone.abort()); // it does not listen any more
    };
    const refuse = (thrown: unknown, id = "-") =>
      write({ type: "res", id, ok: false, error: toWireError(thrown) });
    try {
      for await (const line of readLines(readChunks(connection), CONTROL_LINE_MAX_BYTES)) {
        let frame: ReqFrame;
        try {
          frame = parseRequest(line);
        } catch (thrown) {
          await refuse(thrown);
          continue;
        }
        if (answering.size >= MAX_IN_FLIGHT) {
          await refuse(new ProtocolError("LIMIT_REACHED", "Cannot answer: too many"), frame.id);
          continue;
        }
        // A request counts until its answer is written, so that who never reads cannot pile up.
        const answered: Promise<void> = this.#answerOne(frame, gone.signal, write)
          .finally(() => answering.delete(answered));
        answering.add(answered);
      }
    } catch (thrown) {
      if (thrown instanceof LineError) {
        await refuse(new ProtocolError("PAYLOAD_TOO_LARGE", thrown.message));
      } else if (!this.#closing.signal.aborted) {
        this.#log.debug("control.connection_lost", { error: thrown });
      }
    } finally {
      // Who closed its end after asking is still answered, but a helper that was killed looks the
      // same: long work for it ends soon.
      const grace = setTimeout(() => gone.abort(), ANSWER_GRACE_MS);
      const end = AbortSignal.any([gone.signal, this.#closing.signal]);
      await Promise.race([Promise.all(answering), aborted(end)]);
      clearTimeout(grace);
      gone.abort();
      await Promise.all(answering);
    }
  }

  async #answerOne(
    frame: ReqFrame,
    signal: AbortSignal,
    write: (frame: ResFrame) => Promise<void>,
  ): Promise<void> {
    let written = Promise.resolve();
    await this.#answer(frame, {
      signal,
      principal: "local",
      respond: (answer) => {
        written = write(answer);
      },
    });
    await written;
  }
}

/** @throws ProtocolError INVALID_REQUEST */
function parseRequest(line: string): ReqFrame {
  const parsed = parseFrame(line);
  if (parsed.state === "frame" && parsed.frame.type === "req") return parsed.frame;
  throw new ProtocolError("INVALID_REQUEST", "Cannot take this frame: only requests");
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function close(connection: Deno.UnixConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
  }
}

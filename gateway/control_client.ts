import { parseFrame, ProtocolError, type ResFrame } from "@chatcode/protocol";
import { CONTROL_LINE_MAX_BYTES } from "./control_socket.ts";
import { ExitError } from "./exit_status.ts";
import { readChunks, readLines } from "./lines.ts";

/** Where the running gateway listens for its helpers. */
export function controlPath(stateDir: string): string {
  return `${stateDir}/gateway.sock`;
}

/** A helper's connection to the running gateway, one request at a time. */
export class ControlClient implements Disposable {
  readonly #connection: Deno.UnixConn;
  readonly #lines: AsyncGenerator<string>;
  #id = 0;

  private constructor(connection: Deno.UnixConn) {
    this.#connection = connection;
    this.#lines = readLines(readChunks(connection), 2 * CONTROL_LINE_MAX_BYTES);
  }

  /** @throws ExitError notRunning if no gateway listens there */
  static async connect(stateDir: string): Promise<ControlClient> {
    try {
      const path = controlPath(stateDir);
      return new ControlClient(await Deno.connect({ transport: "unix", path }));
    } catch (cause) {
      if (cause instanceof Deno.errors.PermissionDenied) {
        const message = `The gateway of "${stateDir}" belongs to another user`;
        throw new ExitError("notRunning", message, { cause });
      }
      throw new ExitError(
        "notRunning",
        `No gateway runs here ("${stateDir}"): start one with chatcode-gateway run`,
        { cause },
      );
    }
  }

  /**
   * The final answer; for long work that is when it is done.
   * @throws ProtocolError as the gateway answers; ExitError notRunning if it goes away
   */
  async call(
    method: string,
    params: Record<string, unknown> = {},
    options: { idempotencyKey?: string } = {},
  ): Promise<unknown> {
    const id = String(++this.#id);
    const line = JSON.stringify({ type: "req", id, method, params, ...options }) + "\n";
    const bytes = new TextEncoder().encode(line);
    if (bytes.length > CONTROL_LINE_MAX_BYTES) {
      throw new ProtocolError(
        "PAYLOAD_TOO_LARGE",
        `Cannot call ${method}: the params are too large`,
      );
    }
    const gone = () => new ExitError("notRunning", "The gateway went away before it answered");
    try {
      for (let rest: Uint8Array = bytes; rest.length > 0;) {
        rest = rest.subarray(await this.#connection.write(rest));
      }
    } catch {
      throw gone();
    }
    for (;;) {
      const next = await this.#lines.next().catch(() => ({ done: true as const, value: "" }));
      if (next.done) throw gone();
      const frame = parseAnswer(next.value);
      if (frame.id !== id && frame.id !== "-") continue;
      if (!frame.ok) throw ProtocolError.fromWire(frame.error);
      if ("accepted" in frame && frame.accepted) continue;
      return "payload" in frame ? frame.payload : undefined;
    }
  }

  [Symbol.dispose](): void {
    try {
      this.#connection.close();
    } catch {
      // It is closed already.
    }
  }
}

function parseAnswer(line: string): ResFrame {
  const parsed = parseFrame(line);
  if (parsed.state === "frame" && parsed.frame.type === "res") return parsed.frame as ResFrame;
  throw new ProtocolError("INTERNAL", "Cannot read the gateway's answer");
}

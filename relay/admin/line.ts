import { z } from "zod";
import { adminResult } from "./command.ts";

/** The admin socket's name in the data folder. */
export const SOCKET_FILE = "admin.sock";

/** The longest line either side takes, in bytes. */
const LINE_MAX = 64 * 1024;

export const adminReply = z.discriminatedUnion("ok", [
  z.object({ ok: z.literal(true), result: adminResult }),
  z.object({ ok: z.literal(false), code: z.string(), message: z.string() }),
]);
export type AdminReply = z.infer<typeof adminReply>;

/** The first line's JSON value; `undefined` if the line is too long, cut short or no JSON. */
export async function readLine(conn: Pick<Deno.Conn, "read">): Promise<unknown> {
  const bytes = new Uint8Array(LINE_MAX);
  let length = 0;
  while (length < bytes.length) {
    const count = await conn.read(bytes.subarray(length));
    if (count === null) return undefined;
    const end = bytes.subarray(length, length + count).indexOf(10);
    length += count;
    if (end === -1) continue;
    try {
      return JSON.parse(new TextDecoder().decode(bytes.subarray(0, length - count + end)));
    } catch {
      return undefined;
    }
  }
  return undefined;
}

export async function writeLine(conn: Pick<Deno.Conn, "write">, value: unknown): Promise<void> {
  let rest = new TextEncoder().encode(`${JSON.stringify(value)}\n`);
  while (rest.length > 0) rest = rest.subarray(await conn.write(rest));
}

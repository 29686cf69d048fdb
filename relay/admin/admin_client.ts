import { withDeadline } from "@chatcode/kit";
import type { AdminCommand, AdminResult } from "./command.ts";
import { adminReply, readLine, SOCKET_FILE, writeLine } from "./line.ts";

/** How long the relay may take to answer, in milliseconds. */
const ANSWER_MS = 10_000;

export type AdminAnswer =
  | { state: "done"; result: AdminResult }
  | { state: "refused"; code: string; message: string }
  | { state: "no_relay" }; // nobody listens in that folder

/** Asks the relay that runs on `dataDir`. @throws {DeadlineError} */
export async function askRelay(dataDir: string, command: AdminCommand): Promise<AdminAnswer> {
  let conn: Deno.UnixConn;
  try {
    conn = await Deno.connect({ transport: "unix", path: `${dataDir}/${SOCKET_FILE}` });
  } catch {
    return { state: "no_relay" };
  }
  using _conn = conn;
  const exchange = writeLine(conn, command).then(() => readLine(conn));
  const reply = adminReply.safeParse(await withDeadline(exchange, ANSWER_MS, "the relay's answer"));
  if (!reply.success) {
    return { state: "refused", code: "FAILED", message: "Cannot read the relay's answer" };
  }
  return reply.data.ok ? { state: "done", result: reply.data.result } : {
    state: "refused",
    code: reply.data.code,
    message: reply.data.message,
  };
}

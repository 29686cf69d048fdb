import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Site } from "../harness/site.ts";
import { CalmClient } from "./calm_client.ts";
import { heartbeat, reqFrame } from "./frame_arbitrary.ts";
import { fuzz } from "./fuzz_run.ts";
import { anyWire, bytesOf, HUGE_BYTES } from "./wire_arbitrary.ts";

const NEWLINE = 10;

Deno.test("lines at the gateway's control socket end their own connection at most", async () => {
  await using site = await Site.start();
  await using calm = await CalmClient.open(site);
  const pid = site.gateway.pid;
  const valid = fc.oneof(
    { weight: 9, arbitrary: reqFrame({ host: site.host, prey: "no-such-session" }) },
    { weight: 1, arbitrary: heartbeat },
  );
  const line = anyWire(valid).map((wire) => bytesOf(wire).filter((byte) => byte !== NEWLINE));
  await fuzz<Uint8Array<ArrayBuffer>>({
    name: "lines at the control socket",
    frame: line.filter((bytes) => bytes.length > 0),
    play: async (lines) => {
      using conn = await Deno.connect({
        transport: "unix",
        path: `${site.folder}/state/gateway.sock`,
      });
      const answered = countLines(conn);
      let sent = 0;
      for (const bytes of lines) {
        await writeAll(conn, bytes);
        await writeAll(conn, new Uint8Array([NEWLINE]));
        sent += 1;
        if (bytes.length >= HUGE_BYTES) break; // over the limit: the connection ends
      }
      await conn.closeWrite().catch(() => {}); // it may have been ended already
      const answers = await answered;
      assert(answers >= sent, `${answers} answers to ${sent} lines`);
      return sent;
    },
  });
  await calm.typeAndRead();
  assertEquals(site.gateway.pid, pid);
  assert(site.gateway.child.running);
});

async function countLines(conn: Deno.Conn): Promise<number> {
  let count = 0;
  const buffer = new Uint8Array(64 * 1024);
  for (;;) {
    const read = await conn.read(buffer).catch(() => null);
    if (read === null) return count;
    for (const byte of buffer.subarray(0, read)) if (byte === NEWLINE) count += 1;
  }
}

async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const written = await conn.write(bytes.subarray(at)).catch(() => 0);
    if (written === 0) return; // ended by the other side
    at += written;
  }
}

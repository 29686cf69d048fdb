import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { megabytes, rssBytes } from "../harness/proc.ts";
import { Site } from "../harness/site.ts";
import { CalmClient, startCat } from "./calm_client.ts";
import { channelFrame, heartbeat, reqFrame } from "./frame_arbitrary.ts";
import { fuzz } from "./fuzz_run.ts";
import { judgeClientFrame } from "./oracle.ts";
import { RawSocket } from "./raw_socket.ts";
import { anyWire, type Wire } from "./wire_arbitrary.ts";

/** What relay and gateway may grow by under all that, in megabytes each. */
const MAX_GROWTH_MB = 150;

const HELLO = JSON.stringify({
  type: "hello",
  minProtocol: 1,
  maxProtocol: 1,
  client: { name: "fuzz", version: "1", role: "operator" },
});

Deno.test("[FR1] [FR2] frames from clients end their own socket at most", async () => {
  await using site = await Site.start();
  await using calm = await CalmClient.open(site);
  const prey = await startCat(calm.client, site.host);
  const pids = [site.relay.pid, site.gateway.pid];
  const before = pids.map(rssBytes);

  const valid = fc.oneof(
    { weight: 16, arbitrary: reqFrame({ host: site.host, prey }) },
    { weight: 4, arbitrary: heartbeat },
    { weight: 1, arbitrary: channelFrame },
  );
  let pings = 1_000_000;
  await fuzz<Wire>({
    name: "frames at /ws",
    frame: anyWire(valid),
    play: async (wires) => {
      const url = `${site.relay.url.replace("http", "ws")}/ws`;
      await using socket = new RawSocket(url, { authorization: `Bearer ${site.apiToken}` });
      await socket.opened;
      const [first] = wires;
      if (first !== undefined && pings % 20 === 0) return await playWithoutHello(socket, first);
      socket.send(HELLO);
      await socket.firstText();
      let sent = 0;
      for (const wire of wires) {
        socket.send(wire);
        sent += 1;
        const verdict = judgeClientFrame(wire);
        if (verdict === "goes-on") continue;
        const code = await socket.closed;
        assert(verdict.includes(code), `closed with ${code}, not one of ${verdict}`);
        return sent;
      }
      assert(await socket.answers(++pings), "closed without a reason");
      return sent;
    },
  });

  await calm.typeAndRead();
  assertEquals([site.relay.pid, site.gateway.pid], pids);
  assert(site.relay.child.running && site.gateway.child.running);
  const grownMb = pids.map((pid, i) => megabytes(rssBytes(pid) - (before[i] ?? 0)));
  console.log(`grown: relay ${grownMb[0]} MB, gateway ${grownMb[1]} MB`);
  assert(Math.max(...grownMb) < MAX_GROWTH_MB);

  /** [HE1]: whatever comes first, if it is not hello the socket is closed. */
  async function playWithoutHello(socket: RawSocket, wire: Wire): Promise<number> {
    pings += 1;
    socket.send(wire);
    // A frame of a type from the future is skipped, and hello may still come.
    const unknown = judgeClientFrame(wire) === "goes-on" && isUnknownOrHeartbeat(wire);
    if (unknown) return 1;
    const code = await socket.closed;
    assert([4000, 4001, 4006, 1006, 1007, 1002].includes(code), `closed with ${code}`);
    return 1;
  }
});

function isUnknownOrHeartbeat(wire: Wire): boolean {
  return typeof wire === "string" && !/^\{[^{]*"type":"(req|credit)"/.test(wire);
}

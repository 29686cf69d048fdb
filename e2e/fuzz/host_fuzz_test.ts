import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { CREDIT_WINDOW_BYTES, hostId, type MethodInput } from "@chatcode/protocol";
import { megabytes, rssBytes } from "../harness/proc.ts";
import { Site } from "../harness/site.ts";
import { CalmClient } from "./calm_client.ts";
import { channelFrame, eventFrame, heartbeat, reqFrame, resFrame } from "./frame_arbitrary.ts";
import { fuzz } from "./fuzz_run.ts";
import { HOST_HELLO } from "./host_hello.ts";
import { judgeHostFrame } from "./oracle.ts";
import { RawSocket } from "./raw_socket.ts";
import { anyWire, type Wire } from "./wire_arbitrary.ts";

const MAX_GROWTH_MB = 150;

Deno.test("[FR1] [FR2] frames from hosts end their own socket at most", async () => {
  await using site = await Site.start();
  await using calm = await CalmClient.open(site);
  const fuzzed = await site.relay.createGateway("fuzzed machine");
  const scene = { host: fuzzed.id, prey: "fuzz-1" };
  const pids = [site.relay.pid, site.gateway.pid];
  const before = rssBytes(site.relay.pid);

  const valid = fc.oneof(
    { weight: 3, arbitrary: resFrame },
    { weight: 3, arbitrary: channelFrame },
    { weight: 3, arbitrary: eventFrame(scene) },
    { weight: 1, arbitrary: heartbeat },
    { weight: 1, arbitrary: reqFrame(scene) },
  );
  let pings = 1_000_000;
  await fuzz<Wire>({
    name: "frames at /gw/connect",
    frame: anyWire(valid),
    lanes: 1, // a second connection of one id replaces the first
    play: async (wires) => {
      const url = `${site.relay.url.replace("http", "ws")}/gw/connect`;
      await using socket = new RawSocket(url, {
        authorization: `Bearer ${fuzzed.token}`,
        "x-chatcode-gateway": fuzzed.id,
      });
      await socket.opened;
      socket.send(JSON.stringify(HOST_HELLO));
      await socket.firstText();
      askForViews();
      let sent = 0;
      for (const wire of wires) {
        socket.send(wire);
        sent += 1;
        const verdict = judgeHostFrame(wire, fuzzed.id);
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
  const grownMb = megabytes(rssBytes(site.relay.pid) - before);
  console.log(`grown: relay ${grownMb} MB`);
  assert(grownMb < MAX_GROWTH_MB);

  /** A client looks at the fuzzed machine, so that its frames find channels and open questions. */
  function askForViews(): void {
    for (let i = 0; i < 3; i++) {
      const channel = calm.client.openChannel({ output: () => {}, frame: () => {} });
      calm.client.request("terminal.attach", {
        host: hostId.parse(fuzzed.id),
        session: "fuzz-1",
        channel,
        viewer: `fuzz-viewer-number-${i}`,
        cols: 80,
        rows: 24,
        creditBytes: CREDIT_WINDOW_BYTES,
      } as MethodInput<"terminal.attach">)
        .catch(() => {}) // refused, nonsense, or gone with the machine: all as it should be
        .finally(() => calm.client.closeChannel(channel));
    }
  }
});

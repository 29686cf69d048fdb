import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { systemClock, withDeadline } from "@chatcode/kit";
import { CREDIT_WINDOW_BYTES, encodeBytesFrame } from "@chatcode/protocol";
import { RelaySocket } from "../../gateway/relay_socket.ts";
import type { MockGateway } from "../../gateway/testing/mock_gateway.ts";
import { MOCK_TOKEN, MockRelay } from "../../gateway/testing/mock_relay.ts";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { Gateway } from "../harness/gateway.ts";
import { PaneTmux } from "../harness/pane_tmux.ts";
import { megabytes, rssBytes } from "../harness/proc.ts";
import { channelFrame, heartbeat, reqFrame, resFrame } from "./frame_arbitrary.ts";
import { fuzz } from "./fuzz_run.ts";
import { HOST_HELLO } from "./host_hello.ts";
import { judgeRelayFrame } from "./oracle.ts";
import { anyWire, type Wire } from "./wire_arbitrary.ts";

const MAX_GROWTH_MB = 150;
const ID = "fuzzed";
const LIMIT_MS = 20_000;

function framesFor(prey: string) {
  return anyWire(fc.oneof(
    { weight: 8, arbitrary: reqFrame({ host: ID, prey }) },
    { weight: 2, arbitrary: heartbeat },
    { weight: 2, arbitrary: channelFrame },
    { weight: 1, arbitrary: resFrame },
  ));
}

Deno.test("a hostile relay's valid frames harm no session of the gateway", async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "cc-e2e-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const tmux = stack.use(new PaneTmux());
  const relay = stack.use(new MockRelay());
  for (const name of ["state", "workspace"]) await Deno.mkdir(`${folder}/${name}`);
  const gateway = stack.use(
    await Gateway.start({
      id: ID,
      token: MOCK_TOKEN,
      url: relay.url,
      tmuxSocket: tmux.socketName,
      stateDir: `${folder}/state`,
      workspace: `${folder}/workspace`,
    }),
  );
  const mock = await relay.gateway();
  const calm = await startCat(mock);
  const prey = await startCat(mock);
  const pid = gateway.pid;
  const panePid = await tmux.panePid(calm);
  const before = rssBytes(pid);

  await fuzz<Wire>({
    name: "frames at the gateway, valid",
    frame: framesFor(prey),
    lanes: 1,
    play: async (wires) => {
      // Those that end the socket are for the other test: this gateway would wait before it redials.
      const fit = wires.filter((wire) => judgeRelayFrame(wire) === "goes-on");
      for (const wire of fit) mock.send(typeof wire === "string" ? wire : wire.bytes);
      await mock.request("hosts.ping", {});
      return fit.length;
    },
  });

  assertEquals(gateway.pid, pid);
  assert(gateway.child.running);
  await typeAndRead(mock, calm);
  assertEquals(await tmux.panePid(calm), panePid);
  const grownMb = megabytes(rssBytes(pid) - before);
  console.log(`grown: gateway ${grownMb} MB`);
  assert(grownMb < MAX_GROWTH_MB);
});

Deno.test("[FR1] frames that are not valid end the gateway's socket with the right code", async () => {
  let dialled = Promise.withResolvers<WebSocket>();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (req) => {
      const { socket, response } = Deno.upgradeWebSocket(req);
      socket.onerror = () => {};
      socket.onopen = () => dialled.resolve(socket);
      return response;
    },
  );
  let asked = 0;
  await fuzz<Wire>({
    name: "frames at the gateway, any",
    frame: framesFor("x").filter((wire) => typeof wire === "string" || !wire.text),
    lanes: 1,
    play: async (wires) => {
      dialled = Promise.withResolvers<WebSocket>();
      const ponged = Promise.withResolvers<void>();
      const relaySocket = new RelaySocket({
        url: `ws://127.0.0.1:${server.addr.port}/gw/connect`,
        gatewayId: ID,
        token: MOCK_TOKEN,
        clock: systemClock,
        peer: {
          hello: () => Promise.resolve(HOST_HELLO),
          accepted: () => {},
          bytes: () => {},
          credit: () => {},
          turnAck: () => {},
          fileEnd: () => {},
          request: () => void (asked += 1),
        },
      });
      const relay = await withDeadline(dialled.promise, LIMIT_MS, "the gateway's socket");
      relay.onmessage = ({ data }) => {
        if (String(data).includes('"id":987654321')) ponged.resolve();
      };
      relay.send(HELLO_OK);
      let sent = 0;
      let verdict: ReturnType<typeof judgeRelayFrame> = "goes-on";
      for (const wire of wires) {
        relay.send(typeof wire === "string" ? wire : wire.bytes);
        sent += 1;
        verdict = judgeRelayFrame(wire);
        if (verdict !== "goes-on") break;
      }
      if (verdict === "goes-on") {
        relay.send(JSON.stringify({ type: "ping", id: 987654321 }));
        await withDeadline(ponged.promise, LIMIT_MS, "a pong");
        relaySocket.close("normal", "done");
      }
      const end = await relaySocket.ended;
      assert(end.state === "closed");
      if (verdict !== "goes-on") assert(verdict.includes(end.code), `closed with ${end.code}`);
      return sent;
    },
  });
  console.log(`${asked} of them were requests`);
});

const HELLO_OK = JSON.stringify({
  type: "hello-ok",
  protocol: 1,
  server: { name: "fuzz", version: "0", instance: "fuzz" },
  atMs: 0,
  features: { methods: [], events: [] },
  policy: {
    maxPayload: 1_048_576,
    maxBufferedBytes: 8_388_608,
    tickIntervalMs: 10_000,
    creditWindowBytes: CREDIT_WINDOW_BYTES,
    inputWindowBytes: 65_536,
    maxChannels: 32,
    maxInFlight: 64,
  },
});

async function startCat(mock: MockGateway): Promise<string> {
  const key = { idempotencyKey: crypto.randomUUID() };
  return (await mock.request("sessions.start", { command: ["cat"] }, key)).session.id;
}

async function typeAndRead(mock: MockGateway, session: string): Promise<void> {
  const channel = 7_777;
  let text = "";
  mock.onChannel(channel, (news) => {
    if ("kind" in news) text += new TextDecoder().decode(news.bytes);
  });
  await mock.request(
    "terminal.attach",
    {
      session,
      channel,
      viewer: crypto.randomUUID(),
      cols: 80,
      rows: 24,
      creditBytes: CREDIT_WINDOW_BYTES,
    } as Parameters<typeof mock.request<"terminal.attach">>[1],
    { principal: "calm" },
  );
  const bytes = new TextEncoder().encode("calm after all\r");
  mock.send(encodeBytesFrame({ kind: "input", channel, seq: 0, bytes }));
  await waitFor(() => text.includes("calm after all"), { what: "the echo in the calm session" });
}

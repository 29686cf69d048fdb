import { hostId, type MethodInput, sessionId } from "@chatcode/protocol";
import { Site } from "../../e2e/harness/site.ts";
import type { WireClient } from "../../e2e/harness/wire_client.ts";
import { WireTerminal } from "../../e2e/harness/wire_terminal.ts";
import type { BenchDriver, BenchSession, SessionOptions } from "../driver.ts";

/** Our own path: client → relay → gateway → tmux and back, every part a process of its own. */
export async function startChatcode(): Promise<BenchDriver> {
  await using stack = new AsyncDisposableStack();
  const site = stack.use(await Site.start());
  const host = hostId.parse(site.host);
  // A tab each, as people have it.
  const openClient = async () => await site.client();
  const control = stack.use(await openClient());
  const disposal = stack.move();
  return {
    name: "chatcode",
    openSession: ({ command }: SessionOptions) => open(site, control, host, command),
    serverProcesses: () => ({ relay: [site.relay.pid], gateway: [site.gateway.pid] }),
    workProcesses: async () => ({
      relay: [site.relay.pid],
      gateway: [site.gateway.pid],
      tmux: [await site.tmux.serverPid()],
    }),
    acceptedMs: async () => {
      await site.gateway.child.stop();
      const before = site.relay.child.written;
      await site.gateway.startAgain();
      // As the relay sees it.
      const { readAtMs } = await site.relay.child.event("host.connected", before);
      return readAtMs - site.gateway.child.startedAtMs;
    },
    [Symbol.asyncDispose]: () => disposal.disposeAsync(),
  };
}

async function open(
  site: Site,
  control: WireClient,
  host: ReturnType<typeof hostId.parse>,
  command: readonly string[],
): Promise<BenchSession> {
  await using stack = new AsyncDisposableStack();
  const params = { host, command: [...command], cols: 80, rows: 24 };
  const { session } = await control.request("sessions.start", params);
  stack.defer(async () => {
    const ended = { host, session: sessionId.parse(session.id) };
    await control.request("sessions.end", ended as MethodInput<"sessions.end">);
  });
  const client = stack.use(await site.client());
  const terminal = stack.use(await WireTerminal.attach(client, { host, session: session.id }));
  const disposal = stack.move();
  return {
    write: (bytes) => terminal.write(bytes),
    get onOutput() {
      return terminal.onOutput;
    },
    set onOutput(listener) {
      terminal.onOutput = listener;
    },
    [Symbol.asyncDispose]: () => disposal.disposeAsync(),
  };
}

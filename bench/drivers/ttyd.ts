// @ts-types="@types/ws"
import { WebSocket } from "ws";
import { Child } from "../../e2e/harness/child.ts";
import { PaneTmux } from "../../e2e/harness/pane_tmux.ts";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { type BenchDriver, type BenchSession, DriverMissing } from "../driver.ts";

/** ttyd's wire: the first byte of each binary message says what it is. */
const OUTPUT = 0x30; // "0", also input in the other direction
const DEAD_LIMIT_MS = 3_000;

/**
 * ttyd (https://github.com/tsl0922/ttyd), a terminal over WebSocket without a relay hop. With `tmux`
 * each of its terminals is a tmux client, which is the fair match for ours.
 * @throws {DriverMissing} if ttyd is not installed
 */
export async function startTtyd(options: { tmux: boolean }): Promise<BenchDriver> {
  await using stack = new AsyncDisposableStack();
  const tmux = options.tmux ? stack.use(new PaneTmux()) : undefined;
  if (tmux) await startTmux(tmux);
  const { server, port } = await serve();
  stack.use(server);
  const disposal = stack.move();
  return {
    name: tmux ? "ttyd-tmux" : "ttyd",
    openSession: async ({ command }) =>
      await connect(port, tmux ? await inTmux(tmux, command) : command),
    serverProcesses: () => ({ ttyd: [server.pid] }),
    workProcesses: async () => ({
      ttyd: [server.pid],
      ...(tmux && { tmux: [await tmux.serverPid()] }),
    }),
    [Symbol.asyncDispose]: () => disposal.disposeAsync(),
  };
}

async function startTmux(tmux: PaneTmux): Promise<void> {
  await tmux.run("new-session", "-d", "-s", "_keep");
  await tmux.run("set-option", "-g", "status", "off");
}

async function inTmux(tmux: PaneTmux, command: readonly string[]): Promise<string[]> {
  const name = `b${crypto.randomUUID().slice(0, 8)}`;
  await tmux.run("new-session", "-d", "-s", name, "-x", "80", "-y", "24", "--", ...command);
  return ["tmux", "-u", "-L", tmux.socketName, "attach", "-t", `=${name}`];
}

/** One ttyd that runs whatever argv the URL of a terminal gives. */
async function serve(): Promise<{ server: Child; port: number }> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const args = ["-p", `${port}`, "-i", "127.0.0.1", "-W", "-a", "sh", "-c", 'exec "$@"', "sh"];
  let server: Child;
  try {
    server = new Child("ttyd", { program: "ttyd", args, env: { TERM: "xterm-256color" } });
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new DriverMissing("ttyd is not installed (see https://github.com/tsl0922/ttyd)", {
      cause,
    });
  }
  await waitFor(async () => {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  }, { what: "ttyd to listen" });
  return { server, port };
}

async function connect(port: number, argv: readonly string[]): Promise<BenchSession> {
  const query = new URLSearchParams(argv.map((arg) => ["arg", arg]));
  const url = `ws://127.0.0.1:${port}/ws?${query}`;
  const socket = new WebSocket(url, ["tty"], { perMessageDeflate: false });
  const served = Promise.withResolvers<void>();
  socket.on("error", (error) => served.reject(error));
  socket.on("open", () => {
    socket.send(JSON.stringify({ AuthToken: "", columns: 80, rows: 24 }));
  });
  const session: BenchSession = {
    write: (bytes) => {
      const wire = new Uint8Array(bytes.length + 1);
      wire[0] = OUTPUT;
      wire.set(bytes, 1);
      socket.send(wire);
    },
    onOutput: () => {},
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => socket.once("close", resolve));
      socket.close();
      const timer = setTimeout(() => socket.terminate(), DEAD_LIMIT_MS);
      await closed;
      clearTimeout(timer);
    },
  };
  socket.on("message", (data) => {
    const wire = data as Uint8Array;
    served.resolve(); // the title comes first, from ttyd itself
    if (wire[0] === OUTPUT) session.onOutput(wire.subarray(1));
  });
  await served.promise;
  return session;
}

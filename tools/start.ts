/**
 * A relay and a gateway on this machine, by one command: `deno task start`. Prints one line, the
 * link that signs a browser in, and stops both when it is told to; the sessions stay in tmux.
 * @module
 */
import { thisMachine } from "./machine.ts";
import { NeedError, needTmux } from "./need.ts";
import { openBrowser } from "./start/open_browser.ts";
import { parseStartOptions, type StartOptions, USAGE } from "./start/options.ts";
import { startFailure, startStack } from "./start/stack.ts";

class PortInUseError extends Error {
  override readonly name = "PortInUseError";
  constructor(port: number, options?: ErrorOptions) {
    super(
      `Cannot listen on 127.0.0.1:${port}: the port is in use. ` +
        `Stop what uses it, or choose another: deno task start --port ${port + 1}`,
      options,
    );
  }
}

/** @returns the exit status */
async function start(options: StartOptions, root: string): Promise<number> {
  const machine = thisMachine();
  await needTmux(machine);
  checkPort(options.port);

  const stopping = new AbortController();
  const stop = () => stopping.abort(new DOMException("Told to stop", "AbortError"));
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, stop);
  const stopped = new Promise<undefined>((resolve) =>
    stopping.signal.addEventListener("abort", () => resolve(undefined), { once: true })
  );
  try {
    const places = { root, tell: (line: string) => console.error(line) };
    await using stack = await startStack(options, places, stopping.signal);
    const { signInUrl, port, relayPid, gatewayId, gatewayPid, logs } = stack;
    console.log(
      options.json
        ? JSON.stringify({
          url: signInUrl,
          port,
          pid: Deno.pid,
          relayPid,
          gatewayId,
          gatewayPid,
          dataDir: options.dataDir,
          logs,
        })
        : `Open ${signInUrl}`,
    );
    if (options.open) await openBrowser(machine, signInUrl);
    const end = await Promise.race([stack.ended, stopped]);
    if (end === undefined) return 0;
    console.error(`The relay ended with status ${end.status}: ${end.why}`);
    return end.status || 1;
  } catch (error) {
    if (stopping.signal.aborted) return 0;
    throw error;
  } finally {
    for (const signal of signals) Deno.removeSignalListener(signal, stop);
  }
}

/** Found out before anything is started, since the answer is a person's to give. */
function checkPort(port: number): void {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
  } catch (cause) {
    if (cause instanceof Deno.errors.AddrInUse) throw new PortInUseError(port, { cause });
    throw cause;
  }
}

async function main(): Promise<number> {
  const root = decodeURIComponent(new URL("..", import.meta.url).pathname).replace(/\/$/, "");
  let options: StartOptions | undefined;
  try {
    // A task runs in the project's folder; INIT_CWD is where the person stands.
    options = parseStartOptions(Deno.args, { root, cwd: Deno.env.get("INIT_CWD") ?? Deno.cwd() });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    console.error(`${error.message}\n\n${USAGE}`);
    return 2;
  }
  if (options === undefined) {
    console.log(USAGE);
    return 0;
  }
  try {
    return await start(options, root);
  } catch (error) {
    const failure = error instanceof NeedError || error instanceof PortInUseError
      ? { status: 1, why: error.message }
      : startFailure(error);
    if (failure === undefined) throw error;
    console.error(failure.why);
    return failure.status;
  }
}

if (import.meta.main) Deno.exit(await main());

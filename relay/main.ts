/**
 * The relay's entry, on a box and on Deno Deploy: `relay/main.ts [options]` serves,
 * `relay/main.ts admin COMMAND [options]` asks the relay that runs, or its store if none does.
 * @module
 */
import { createLog } from "@chatcode/kit";
import { mountWeb } from "../web/mount.ts";
import { type Command, type Config, parseCommand, USAGE } from "./config.ts";
import { ConfigError } from "./config_error.ts";
import { KvError } from "./kv/kv_error.ts";
import { type Relay, startRelay } from "./relay.ts";
import { RELAY_VERSION } from "./version.ts";

/** How the process ends: 0 done, 1 failure, 2 wrong flags or settings. */
async function main(): Promise<number> {
  let command: Command;
  try {
    command = parseCommand();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(`${error.message}. See --help`);
    return 2;
  }
  switch (command.command) {
    case "help":
      console.log(USAGE);
      return 0;
    case "version":
      console.log(RELAY_VERSION);
      return 0;
    case "admin": {
      const { runAdmin } = await import("./admin/mod.ts");
      const { status, text } = await runAdmin(command.admin, command);
      if (status === 0) console.log(text);
      else console.error(text);
      return status;
    }
    case "serve":
      return await serve(command.config);
  }
  return command satisfies never;
}

async function serve(config: Config): Promise<number> {
  const log = createLog({ verbose: config.verbose });
  let relay: Relay;
  try {
    relay = await startRelay(config, {
      log,
      mountWeb: (services) => mountWeb(services, { log }),
    });
  } catch (error) {
    const message = explain(error, config);
    if (message === undefined) throw error;
    console.error(message);
    return 1;
  }
  log.info("relay.ready", { url: relay.publicUrl.href, port: relay.port, ...relay.server });
  const signal = await firstSignal("SIGINT", "SIGTERM");
  log.info("relay.stopping", { signal });
  await relay[Symbol.asyncDispose]();
  return 0;
}

/** Failures that a person can mend; the rest is a fault of ours and keeps its stack. */
function explain(error: unknown, { host, port }: Config): string | undefined {
  if (error instanceof KvError) return error.message;
  if (error instanceof Deno.errors.AddrInUse) {
    return `Cannot listen on ${host}:${port}: the port is in use. Stop what uses it, or take another with --port`;
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return `Cannot listen on ${host}:${port}: this machine has no such address`;
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return `Cannot listen on ${host}:${port}: not allowed. Ports below 1024 need more rights`;
  }
}

function firstSignal(...signals: Deno.Signal[]): Promise<Deno.Signal> {
  const { promise, resolve } = Promise.withResolvers<Deno.Signal>();
  for (const signal of signals) Deno.addSignalListener(signal, () => resolve(signal));
  return promise;
}

Deno.exit(await main());

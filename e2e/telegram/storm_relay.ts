/**
 * The relay as `relay/main.ts serve` starts it, with a clock that goes faster:
 * `storm_relay.ts SPEED ORIGIN_MS [relay's own flags]`.
 * @module
 */
import { createLog } from "@chatcode/kit";
import { parseCommand } from "../../relay/config.ts";
import { startRelay } from "../../relay/relay.ts";
import { mountWeb } from "../../web/mount.ts";
import { fastClock } from "./fast_clock.ts";

const [speed, originMs, ...flags] = Deno.args;
const command = parseCommand(flags);
if (command.command !== "serve") throw new TypeError(`Cannot start: "${command.command}"`);
const clock = fastClock(Number(speed), Number(originMs));
const log = createLog({ verbose: command.config.verbose });
const relay = await startRelay(command.config, {
  log,
  clock,
  mountWeb: (services) => mountWeb(services, { log }),
});
log.info("relay.ready", { url: relay.publicUrl.href, port: relay.port });
await new Promise<void>((resolve) => Deno.addSignalListener("SIGINT", resolve));
await relay[Symbol.asyncDispose]();
Deno.exit(0);

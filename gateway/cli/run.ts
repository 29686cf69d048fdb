import { createLog, type Log } from "@chatcode/kit";
import { readConfig } from "../config.ts";
import { EXIT_STATUS, ExitError } from "../exit_status.ts";
import { startGateway, type StopRequest } from "../gateway.ts";
import { hideFromOwnUser } from "../host/process_privacy.ts";
import { ServiceManager } from "../host/service_manager.ts";
import type { Command } from "./command.ts";

/** How long a stop may take before the process ends regardless, in milliseconds. */
const STOP_LIMIT_MS = 1_800;
const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/** Stays until a signal, `gateway.stop`, or a failure that dialling again cannot mend. */
export const run: Command = async (line, env) => {
  const hidden = hideFromOwnUser(); // before the token is read
  const config = readConfig(line.flags, env);
  const log = createLog({ verbose: config.verbose, pretty: false });
  if (Deno.build.os === "linux" && !hidden) log.warn("process.not_hidden");
  using service = ServiceManager.open(config.service);
  for (const warning of config.warnings) log.warn("config.warning", { warning });
  const stopping = Promise.withResolvers<StopRequest>();
  const requestStop = (request: StopRequest) => {
    limitStop(log);
    service?.stopping();
    stopping.resolve(request);
  };
  for (const signal of SIGNALS) {
    Deno.addSignalListener(signal, () => requestStop({ reason: signal }));
  }
  try {
    const startedAtMs = performance.timeOrigin;
    const gateway = await startGateway(config, {
      log,
      startedAtMs,
      requestStop,
      onAccepted: () => service?.ready("Connected to the relay"),
      onLost: () => service?.status("Not connected: dialling the relay"),
    });
    try {
      const request = await Promise.race([stopping.promise, gateway.failed]);
      log.info("gateway.stopping", { ...request });
      await gateway.stop(request);
    } catch (failure) {
      // Viewers go softly, if they go soon; the failure is what is told.
      await Promise.race([gateway.stop({ reason: "failed" }), pause(STOP_LIMIT_MS)]);
      throw failure;
    }
    log.info("gateway.stopped");
    return "ok";
  } catch (thrown) {
    if (thrown instanceof ExitError) {
      log.error("gateway.failed", { exit: thrown.exit, why: thrown.message });
    }
    throw thrown;
  }
};

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => Deno.unrefTimer(setTimeout(resolve, ms)));
}

/** What hangs must not hold up the process: sessions live in tmux, whoever goes. */
function limitStop(log: Log): void {
  const timer = setTimeout(() => {
    log.warn("gateway.stop_late", { afterMs: STOP_LIMIT_MS });
    Deno.exit(EXIT_STATUS.ok);
  }, STOP_LIMIT_MS);
  Deno.unrefTimer(timer);
}

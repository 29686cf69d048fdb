import { readPlaces } from "../config.ts";
import { ExitError } from "../exit_status.ts";
import { InstalledBinary, versionOf } from "../update/installed_binary.ts";
import { RunningGateway } from "../update/running_gateway.ts";
import { restartService } from "../update/service.ts";
import { readUpdateConfig } from "../update/update_config.ts";
import { findUpdate, updateGateway, type UpdateParts } from "../update/update_gateway.ts";
import type { Command } from "./command.ts";

/** How long `--when-idle` waits for agents to end their turns, and how often it looks. */
export const IDLE_WAIT_MS = 3_600_000;
export const IDLE_LOOK_MS = 15_000;

/** Brings the newest version, or the one that is named, and undoes it if it does not work. */
export const update: Command = async (line, env) => {
  const config = readUpdateConfig(line.flags, env);
  const running = new RunningGateway(readPlaces(line.flags, env).stateDir);
  const currentVersion = await versionOf(config.places.binary);
  const parts: UpdateParts = {
    source: config.source,
    installed: new InstalledBinary(config.places),
    running,
    restart: restartService,
    tell: (text) => console.log(text),
    ...(currentVersion !== undefined && { currentVersion }),
  };
  const wanted = typeof line.flags["version"] === "string" ? line.flags["version"] : "latest";
  if (line.flags["check"] === true) {
    const { release, isNewer } = await findUpdate(parts, wanted);
    const facts = { current: currentVersion, available: release.version, isNewer };
    const text = isNewer
      ? `${release.version} is available; this is ${currentVersion}`
      : `${currentVersion} is the newest version`;
    console.log(line.flags["json"] === true ? JSON.stringify(facts) : text);
    return "ok";
  }
  if (line.flags["when-idle"] === true && !await running.becomesIdle(IDLE_WAIT_MS, IDLE_LOOK_MS)) {
    throw new ExitError("failure", "Not updated: an agent has been working on a turn all the time");
  }
  const outcome = await updateGateway(parts, {
    version: wanted,
    force: line.flags["force"] === true,
    unattended: line.flags["when-idle"] === true,
  });
  switch (outcome.state) {
    case "current":
      console.log(`${outcome.version} is the newest version: nothing to do`);
      return "ok";
    case "skipped":
      console.log(`${outcome.version} was rolled back before: not tried again by itself`);
      return "ok";
    case "updated":
      console.log(`Updated to ${outcome.version}`);
      return "ok";
    default:
      return outcome satisfies never;
  }
};

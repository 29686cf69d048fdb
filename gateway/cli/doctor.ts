import { type Config, type Places, readConfig, readPlaces } from "../config.ts";
import { type Check, fail, ok, warn } from "../doctor/check.ts";
import { checkStateDir, checkWorkspace } from "../doctor/folders.ts";
import { checkHooks } from "../doctor/hooks.ts";
import { checkInstance } from "../doctor/instance.ts";
import { checkRelay } from "../doctor/relay.ts";
import { checkTmux } from "../doctor/tmux.ts";
import { ExitError } from "../exit_status.ts";
import type { Command } from "./command.ts";

/** Looks at everything the gateway needs, running or not, and changes nothing. */
export const doctor: Command = async (line, env) => {
  const places = readPlaces(line.flags, env);
  const settings = tryConfig(() => readConfig(line.flags, env));
  const checks: Check[] = [
    ...places.warnings.map((text) => warn("env file", text, "Then nobody else can read the token")),
    settings.check,
    await checkTmux(places.environment),
    checkWorkspace(places.workspace),
    checkStateDir(places.stateDir),
    checkHooks(places.environment),
    ...await checkTheRest(places, settings.config),
  ];
  const well = checks.every((check) => check.state !== "fail");
  if (line.flags["json"] === true) console.log(JSON.stringify({ ok: well, checks }));
  else for (const check of checks) console.log(pretty(check));
  return well ? "ok" : "failure";
};

async function checkTheRest(places: Places, config: Config | undefined): Promise<Check[]> {
  const instance = await checkInstance(places.stateDir);
  const relay = config === undefined ? [] : await checkRelay(config, instance.status);
  return [instance.check, ...relay];
}

function tryConfig(read: () => Config): { check: Check; config?: Config } {
  try {
    const config = read();
    return { check: ok("settings", `gateway "${config.gatewayId}"`), config };
  } catch (thrown) {
    if (!(thrown instanceof ExitError)) throw thrown;
    const mend = "Add a server on the machines page: it shows the settings to use";
    return { check: fail("settings", thrown.message, mend) };
  }
}

function pretty({ name, state, text, mend }: Check): string {
  const mark = { ok: "ok  ", warn: "WARN", fail: "FAIL" }[state];
  return `${mark}  ${name}: ${text}${mend === undefined ? "" : `\n      ${mend}`}`;
}

import type { Flags } from "../command_line.ts";
import { type Config, type Places, readConfig, readPlaces } from "../config.ts";
import { type Check, fail, ok, warn } from "../doctor/check.ts";
import { checkStateDir, checkWorkspace } from "../doctor/folders.ts";
import { checkHooks } from "../doctor/hooks.ts";
import { checkInstance } from "../doctor/instance.ts";
import { checkRelay } from "../doctor/relay.ts";
import { checkService, installedEnvFile } from "../doctor/service.ts";
import { checkTmux } from "../doctor/tmux.ts";
import { ExitError } from "../exit_status.ts";
import type { Command } from "./command.ts";

/** Looks at everything the gateway needs, running or not, and changes nothing. */
export const doctor: Command = async ({ flags: given }, env) => {
  const flags = withInstalled(given, env);
  const places = tryPlaces(flags, given, env);
  const settings = tryConfig(() => readConfig(flags, env));
  const checks: Check[] = [
    ...places.warnings.map((text) => warn("env file", text, "Then nobody else can read the token")),
    settings.check,
    await checkTmux(places.environment),
    checkWorkspace(places.workspace),
    checkStateDir(places.stateDir),
    checkHooks(places.environment),
    ...await checkService(env),
    ...await checkTheRest(places, settings.config),
  ];
  const well = checks.every((check) => check.state !== "fail");
  if (flags["json"] === true) console.log(JSON.stringify({ ok: well, checks }));
  else for (const check of checks) console.log(pretty(check));
  return well ? "ok" : "failure";
};

async function checkTheRest(places: Places, config: Config | undefined): Promise<Check[]> {
  const instance = await checkInstance(places.stateDir);
  const relay = config === undefined ? [] : await checkRelay(config, instance.status);
  return [instance.check, ...relay];
}

/** What may not be read says nothing of where things lie: the defaults do. */
function tryPlaces(flags: Flags, given: Flags, env: Readonly<Record<string, string>>): Places {
  try {
    return readPlaces(flags, env);
  } catch (thrown) {
    if (!(thrown instanceof ExitError && thrown.cause instanceof Deno.errors.PermissionDenied)) {
      throw thrown;
    }
    return readPlaces(given, env);
  }
}

/** An installed gateway's settings stand in where none are given. */
function withInstalled(flags: Flags, env: Readonly<Record<string, string>>): Flags {
  const path = installedEnvFile(env);
  const isGiven = flags["env-file"] !== undefined || env["CHATCODE_GATEWAY_ID"] !== undefined;
  return path === undefined || isGiven ? flags : { ...flags, "env-file": path };
}

function tryConfig(read: () => Config): { check: Check; config?: Config } {
  const name = "settings";
  try {
    const config = read();
    return { check: ok(name, `gateway "${config.gatewayId}"`), config };
  } catch (thrown) {
    if (!(thrown instanceof ExitError)) throw thrown;
    if (thrown.cause instanceof Deno.errors.PermissionDenied) {
      const text = "only root may read those of the installed service";
      return { check: warn(name, text, "To check them too: sudo chatcode-gateway doctor") };
    }
    const mend = "Add a server on the machines page: it shows the settings to use";
    return { check: fail(name, thrown.message, mend) };
  }
}

function pretty({ name, state, text, mend }: Check): string {
  const mark = { ok: "ok  ", warn: "WARN", fail: "FAIL" }[state];
  return `${mark}  ${name}: ${text}${mend === undefined ? "" : `\n      ${mend}`}`;
}

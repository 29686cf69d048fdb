import { InstalledBinary } from "../update/installed_binary.ts";
import { LAUNCHD_LABEL } from "../update/service.ts";
import { type Check, fail, ok, warn } from "./check.ts";

/** What the installer sets up on Linux, and whether it has to run all the time. */
const UNITS = ["chatcode-gateway.service", "chatcode-tmux.service", "chatcode-maintenance.timer"];
const UNIT_FILE = "/etc/systemd/system/chatcode-gateway.service";
const LIB = "/usr/local/lib/chatcode-gateway";
const ANSWER_MS = 5_000;

/** Where the installer keeps the settings, if this machine has an installed gateway. */
export function installedEnvFile(env: Readonly<Record<string, string>>): string | undefined {
  const path = Deno.build.os === "darwin"
    ? `${env["HOME"] ?? ""}/.config/chatcode/gateway.env`
    : "/etc/chatcode/gateway.env";
  return isThere(path) ? path : undefined;
}

/** Whether the installed service runs, and how its last update went. Nothing where none is installed. */
export async function checkService(env: Readonly<Record<string, string>>): Promise<Check[]> {
  if (Deno.build.os === "darwin") {
    const job = `gui/${Deno.uid()}/${LAUNCHD_LABEL}`;
    if (!isThere(`${env["HOME"] ?? ""}/Library/LaunchAgents/${LAUNCHD_LABEL}.plist`)) return [];
    const { ok: runs } = await run("launchctl", ["print", job]);
    return [
      runs ? ok("service", job) : fail("service", `${job} is not loaded`, "Run install.sh again"),
    ];
  }
  if (!isThere(UNIT_FILE)) return [];
  const states = await Promise.all(UNITS.map(async (unit) => ({
    unit,
    state: (await run("systemctl", ["is-active", unit])).output.trim() || "unknown",
  })));
  const down = states.filter(({ state }) => state !== "active");
  const checks = [
    down.length === 0 ? ok("service", `${UNITS.join(", ")} are active`) : fail(
      "service",
      down.map(({ unit, state }) => `${unit} is ${state}`).join(", "),
      `Start it: sudo systemctl restart ${down[0]?.unit}; its log: journalctl -u ${down[0]?.unit}`,
    ),
  ];
  const installed = new InstalledBinary({ binary: "/usr/local/bin/chatcode-gateway", lib: LIB });
  if (installed.unconfirmed !== undefined) {
    const mend = "Finish it: sudo chatcode-gateway update";
    checks.push(warn("update", `the update to ${installed.unconfirmed} was interrupted`, mend));
  } else if (installed.refused !== undefined) {
    const mend = "Try it again when that is mended: sudo chatcode-gateway update";
    checks.push(warn("update", `${installed.refused} did not work and was rolled back`, mend));
  }
  return checks;
}

async function run(program: string, args: string[]): Promise<{ ok: boolean; output: string }> {
  try {
    const { success, stdout } = await new Deno.Command(program, {
      args,
      stdin: "null",
      stderr: "null",
      signal: AbortSignal.timeout(ANSWER_MS),
    }).output();
    return { ok: success, output: new TextDecoder().decode(stdout) };
  } catch {
    return { ok: false, output: "" };
  }
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

import type { Command } from "./cli/command.ts";
import { parseCommandLine, takeEnvironment } from "./command_line.ts";
import { EXIT_STATUS, ExitError } from "./exit_status.ts";

/** Loaded when asked for: the daemon need not hold what only helpers use. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import("./cli/run.ts")).run,
  status: async () => (await import("./cli/status.ts")).status,
  health: async () => (await import("./cli/health.ts")).health,
  sessions: async () => (await import("./cli/sessions.ts")).sessions,
  call: async () => (await import("./cli/call.ts")).call,
  doctor: async () => (await import("./cli/doctor.ts")).doctor,
  update: async () => (await import("./cli/update.ts")).update,
  maintain: async () => (await import("./cli/maintain.ts")).maintain,
  version: async () => (await import("./cli/version.ts")).version,
  help: async () => (await import("./cli/help.ts")).help,
};

async function main(args: readonly string[]): Promise<number> {
  try {
    const line = parseCommandLine(args);
    const asked = line.flags["help"]
      ? "help"
      : line.flags["version"] === true
      ? "version"
      : line.command;
    const load = Object.hasOwn(COMMANDS, asked) ? COMMANDS[asked] : undefined;
    if (load === undefined) {
      const what = asked === "" ? "No command given" : `No command "${asked}"`;
      throw new ExitError("usage", `${what}: see chatcode-gateway help`);
    }
    return EXIT_STATUS[await (await load())(line, takeEnvironment())];
  } catch (thrown) {
    if (thrown instanceof ExitError) {
      console.error(`chatcode-gateway: ${thrown.message}`);
      return thrown.status;
    }
    console.error("chatcode-gateway: unexpected failure:", thrown);
    return EXIT_STATUS.failure;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));

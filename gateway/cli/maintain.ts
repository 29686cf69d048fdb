import { readPlaces } from "../config.ts";
import { ExitError } from "../exit_status.ts";
import { AGENT_CLIS, AgentClis, runAs } from "../update/agent_clis.ts";
import { cutLog } from "../update/log_cut.ts";
import { RunningGateway } from "../update/running_gateway.ts";
import { readAgentUser } from "../update/update_config.ts";
import type { Command } from "./command.ts";
import { IDLE_LOOK_MS, IDLE_WAIT_MS, update } from "./update.ts";

/** What the daily timer runs: the gateway, then each agent, one at a time and never during a turn. */
export const maintain: Command = async (line, env) => {
  const failures: string[] = [];
  if (Deno.build.os === "darwin") {
    await cutLog(`${env["HOME"] ?? ""}/Library/Logs/chatcode-gateway.log`);
  }
  try {
    await update({ ...line, flags: { ...line.flags, "when-idle": true } }, env);
  } catch (thrown) {
    // The agents' programs do not wait for a gateway that cannot be updated.
    if (!(thrown instanceof ExitError)) throw thrown;
    console.error(`gateway: ${thrown.message}`);
    failures.push("gateway");
  }
  const agentUser = readAgentUser(line.flags, env);
  const places = readPlaces(line.flags, env);
  const running = new RunningGateway(places.stateDir);
  const home = agentUser === undefined ? env["HOME"] ?? "/" : homeOf(agentUser);
  const clis = new AgentClis(home, runAs(agentUser, home, places.environment));
  for (const cli of AGENT_CLIS) {
    if (!await running.becomesIdle(IDLE_WAIT_MS, IDLE_LOOK_MS)) {
      failures.push(`${cli.name}: an agent works all the time`);
      continue;
    }
    const done = await clis.update(cli);
    console.log(`${cli.name}: ${JSON.stringify(done)}`);
    if (done.state === "failed" || done.state === "rolled-back") failures.push(cli.name);
  }
  if (failures.length === 0) return "ok";
  throw new ExitError("failure", `Not everything is up to date: ${failures.join(", ")}`);
};

/** From passwd(5). @throws ExitError usage if there is no such user */
function homeOf(user: string): string {
  const line = Deno.readTextFileSync("/etc/passwd").split("\n").find((text) =>
    text.startsWith(`${user}:`)
  );
  const home = line?.split(":")[5];
  if (home) return home;
  throw new ExitError("usage", `Setting CHATCODE_AGENT_USER is not valid: no user "${user}"`);
}

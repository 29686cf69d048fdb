import { readPlaces } from "../config.ts";
import { ControlClient } from "../control_client.ts";
import { gatewayHealth } from "../gateway_status.ts";
import type { Command } from "./command.ts";

/** Fails when sessions cannot be reached through the relay, for monitors. */
export const health: Command = async (line, env) => {
  using client = await ControlClient.connect(readPlaces(line.flags, env).stateDir);
  const facts = gatewayHealth.parse(await client.call("gateway.health"));
  const text = `${facts.ok ? "well" : "not well"}: relay ${facts.relay}, tmux ${facts.tmux}, ` +
    `${facts.sessions} sessions, ${facts.viewers} viewers`;
  console.log(line.flags["json"] === true ? JSON.stringify(facts) : text);
  return facts.ok ? "ok" : "failure";
};

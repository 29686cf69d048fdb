import { readPlaces } from "../config.ts";
import { ControlClient } from "../control_client.ts";
import { type GatewayStatus, gatewayStatus } from "../gateway_status.ts";
import type { Command } from "./command.ts";

export const status: Command = async (line, env) => {
  using client = await ControlClient.connect(readPlaces(line.flags, env).stateDir);
  const facts = gatewayStatus.parse(await client.call("gateway.status"));
  console.log(line.flags["json"] === true ? JSON.stringify(facts) : pretty(facts));
  return "ok";
};

function pretty(facts: GatewayStatus): string {
  return [
    `gateway    ${facts.gatewayId}, version ${facts.version}, process ${facts.pid}`,
    `running    since ${new Date(facts.startedAtMs).toISOString()}`,
    `relay      ${facts.relayUrl}`,
    `           ${uplinkText(facts.uplink)}`,
    `tmux       ${facts.tmuxVersion}, ${facts.sessions} sessions, ${facts.viewers} viewers`,
    `workspace  ${facts.workspace}`,
  ].join("\n");
}

function uplinkText(uplink: GatewayStatus["uplink"]): string {
  const since = `since ${new Date(uplink.sinceMs).toISOString()}`;
  switch (uplink.state) {
    case "connected":
      return `connected ${since}` +
        (uplink.rttMs === undefined ? "" : `, round trip ${Math.round(uplink.rttMs)} ms`);
    case "waiting": {
      const waitMs = Math.max(0, (uplink.nextDialAtMs ?? 0) - Date.now());
      return `not connected (${uplink.lastError}); dialling again in ${Math.ceil(waitMs / 1000)} s`;
    }
    case "dialling":
      return `dialling ${since}` + (uplink.lastError ? ` (${uplink.lastError})` : "");
    case "stopped":
      return "stopped";
    default:
      return uplink.state satisfies never;
  }
}

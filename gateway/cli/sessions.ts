import { methods, type Session } from "@chatcode/protocol";
import { readPlaces } from "../config.ts";
import { ControlClient } from "../control_client.ts";
import { gatewayStatus } from "../gateway_status.ts";
import type { Command } from "./command.ts";

export const sessions: Command = async (line, env) => {
  using client = await ControlClient.connect(readPlaces(line.flags, env).stateDir);
  const { gatewayId } = gatewayStatus.parse(await client.call("gateway.status"));
  const answer = await client.call("sessions.list", { host: gatewayId });
  const { sessions } = methods["sessions.list"].result.parse(answer);
  console.log(line.flags["json"] === true ? JSON.stringify(sessions) : table(sessions));
  return "ok";
};

function table(sessions: readonly Session[]): string {
  if (sessions.length === 0) return "No sessions";
  const rows = [
    ["ID", "STATUS", "PROGRAM", "VIEWERS", "FOLDER", "TITLE"],
    ...sessions.map((session) =>
      [
        session.id,
        session.status,
        session.foreground,
        String(session.viewers),
        session.cwd,
        session.title,
        // Titles come from outside: none may steer this terminal.
        // deno-lint-ignore no-control-regex
      ].map((cell) => cell.replace(/[\x00-\x1f\x7f-\x9f]/g, "?"))
    ),
  ];
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows
    .map((row) => row.map((cell, at) => cell.padEnd(widths?.[at] ?? 0)).join("  ").trimEnd())
    .join("\n");
}

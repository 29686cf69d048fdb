import { openAuth } from "../auth/auth.ts";
import { type Config, publicUrlOf } from "../config.ts";
import { KvError } from "../kv/kv_error.ts";
import { openStore } from "../kv/open.ts";
import { askRelay } from "./admin_client.ts";
import { type AdminCommand, AdminError, type AdminResult, runAdminCommand } from "./command.ts";

/** What the command line gets to see. */
export interface AdminOutcome {
  /** The process's exit status: 0 done, 1 not done. */
  readonly status: number;
  /** For stdout when done, else for stderr; without the last line end. */
  readonly text: string;
}

/**
 * Runs an admin command: in the relay that runs on the configured data, else on the data itself.
 * Expected failures are outcomes, each with one line for a person.
 */
export async function runAdmin(
  command: AdminCommand,
  { config, json }: { config: Config; json: boolean },
): Promise<AdminOutcome> {
  try {
    const result = await resultOf(command, config);
    const isBad = result.command === "telegram" &&
      result.checks.some(({ state }) => state === "bad");
    return { status: isBad ? 1 : 0, text: json ? JSON.stringify(result) : describe(result) };
  } catch (error) {
    if (!(error instanceof AdminError || error instanceof KvError)) throw error;
    const { code, message } = error;
    return { status: 1, text: json ? JSON.stringify({ error: { code, message } }) : message };
  }
}

async function resultOf(command: AdminCommand, config: Config): Promise<AdminResult> {
  if (config.dataDir !== null) {
    const answer = await askRelay(config.dataDir, command);
    if (answer.state === "done") return answer.result;
    if (answer.state === "refused") throw new AdminError("FAILED", answer.message);
  }
  using store = await openStore(config.store);
  await using auth = await openAuth(store, { publicUrl: publicUrlOf(config, config.port) });
  return await runAdminCommand({ auth }, command);
}

const SIGNS = { ok: "✓", warn: "!", bad: "✗" } as const;

function describe(result: AdminResult): string {
  switch (result.command) {
    case "create-gateway":
      return [
        `Gateway "${result.name}" was created. Its token is shown this once:`,
        `CHATCODE_GATEWAY_ID=${result.id}`,
        `CHATCODE_GATEWAY_AUTH_TOKEN=${result.token}`,
        `CHATCODE_CP_URL=${result.relayUrl}`,
      ].join("\n");
    case "create-api-token":
      return [
        `API token "${result.name}" (${result.role}) was created. It is shown this once:`,
        result.token,
      ].join("\n");
    case "sign-in-link":
      return [
        `This link signs one browser in, once, until ${
          new Date(result.expiresAtMs).toISOString()
        }:`,
        result.url,
      ].join("\n");
    case "telegram":
      return result.checks.map(({ state, text, mend }) =>
        `${SIGNS[state]} ${text}${mend === undefined ? "" : `\n  → ${mend}`}`
      ).join("\n");
  }
  return result satisfies never;
}

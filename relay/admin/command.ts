import { type TelegramCheck, telegramCheck } from "@chatcode/protocol";
import { z } from "zod";
import type { Auth } from "../auth/auth.ts";
import { ADMIN } from "../auth/principal.ts";
import { ConfigError } from "../config_error.ts";
import { displayName } from "../kv/keys.ts";

/** What whoever has the data folder may ask of the relay. */
export const adminCommand = z.discriminatedUnion("command", [
  z.object({ command: z.literal("create-gateway"), name: displayName }),
  z.object({
    command: z.literal("create-api-token"),
    name: displayName,
    readOnly: z.boolean(),
    /** Default: it never expires. */
    expiresDays: z.int().min(1).max(3650).optional(),
  }),
  z.object({ command: z.literal("sign-in-link") }),
  /** What is wrong with the bot. */
  z.object({ command: z.literal("telegram") }),
]);
export type AdminCommand = z.infer<typeof adminCommand>;

/** Tokens in it are shown this once. */
export const adminResult = z.discriminatedUnion("command", [
  z.object({
    command: z.literal("create-gateway"),
    id: z.string(),
    name: z.string(),
    token: z.string(),
    relayUrl: z.string(),
  }),
  z.object({
    command: z.literal("create-api-token"),
    id: z.string(),
    name: z.string(),
    role: z.string(),
    token: z.string(),
    expiresAtMs: z.number().nullable(),
    relayUrl: z.string(),
  }),
  z.object({
    command: z.literal("sign-in-link"),
    url: z.string(),
    purpose: z.enum(["claim", "sign_in"]),
    expiresAtMs: z.number(),
  }),
  z.object({ command: z.literal("telegram"), checks: z.array(telegramCheck) }),
]);
export type AdminResult = z.infer<typeof adminResult>;

/** An admin command that can be understood and cannot be done. */
export class AdminError extends Error {
  override readonly name = "AdminError";
  constructor(readonly code: "LIMIT_REACHED" | "FAILED", message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

export interface AdminServices {
  readonly auth: Auth;
  /** Told when there is a new machine. */
  readonly hosts?: { refresh(): Promise<void> };
  /** `null`: no bot is set up; undefined: no relay runs. */
  readonly telegram?: { examine(): Promise<TelegramCheck[]> } | null;
}

/** @throws {ConfigError} naming what is wrong or missing */
export function parseAdminCommand(
  [command, ...rest]: readonly string[],
  flags: Readonly<Record<string, unknown>>,
): AdminCommand {
  if (command === undefined) throw new ConfigError("the admin command is missing, see --help");
  if (rest[0] !== undefined) throw new ConfigError(`"${rest[0]}" is no option`);
  const days = flags["expires-days"];
  const parsed = adminCommand.safeParse({
    command,
    name: flags.name,
    readOnly: flags["read-only"] === true,
    ...(days !== undefined && { expiresDays: Number(days) }),
  });
  if (parsed.success) return parsed.data;
  switch (parsed.error.issues[0]?.path[0]) {
    case "name":
      throw new ConfigError("--name must be 1 to 80 characters, one line");
    case "expiresDays":
      throw new ConfigError("--expires-days must be a whole number from 1 to 3650");
    default:
      throw new ConfigError(`"${command}" is no admin command, see --help`);
  }
}

/**
 * Does it, in the relay's own process or where no relay runs.
 * @throws {AdminError} LIMIT_REACHED; {KvError}
 */
export async function runAdminCommand(
  { auth, hosts, telegram }: AdminServices,
  admin: AdminCommand,
): Promise<AdminResult> {
  const { command } = admin;
  const relayUrl = auth.publicUrl.origin;
  switch (command) {
    case "create-gateway": {
      const created = await auth.hosts.create(admin.name, ADMIN);
      if (created.state === "limit") throw limitReached("machines");
      await hosts?.refresh();
      const { host: { id, name }, token } = created;
      return { command, id, name, token, relayUrl };
    }
    case "create-api-token": {
      const { name, readOnly, expiresDays } = admin;
      const owner = await auth.accounts.makeOwner(ADMIN);
      const expiresAtMs = expiresDays === undefined
        ? null
        : auth.clock.now() + expiresDays * 24 * 3600_000;
      const role = readOnly ? "viewer" : "operator";
      const created = await auth.apiTokens.create(owner, { name, role, expiresAtMs }, ADMIN);
      if (created.state === "limit") throw limitReached("API tokens");
      const { row, token } = created;
      return { command, id: row.id, name: row.name, role: row.role, token, expiresAtMs, relayUrl };
    }
    case "sign-in-link":
      return { command, ...await auth.signInLinks.create(ADMIN) };
    case "telegram":
      if (telegram === undefined) {
        throw new AdminError("FAILED", "Cannot look: the relay does not run on that data");
      }
      return { command, checks: await telegram?.examine() ?? [NO_BOT] };
  }
  return command satisfies never;
}

const NO_BOT: TelegramCheck = {
  name: "bot",
  state: "bad",
  text: "No bot is set up",
  mend: "Start the relay with --telegram-token-file, see docs/telegram.md",
};

function limitReached(what: string): AdminError {
  return new AdminError("LIMIT_REACHED", `Cannot create another: there are too many ${what}`);
}

import {
  agentId,
  hostFacts,
  type HostId,
  hostId,
  pushKind,
  pushSettings,
  type SessionId,
  sessionId,
  tokenUsage,
  unixMs,
  usageRow,
} from "@chatcode/protocol";
import { z } from "zod";
import { type AccountId, accountId, idAfter as id, prefix, row } from "./row.ts";
import { previewRows } from "./preview_keys.ts";
import { telegramInPrefixes, telegramInRows } from "./telegram_in_keys.ts";
import { telegramAuditActions, telegramPrefixes, telegramRows } from "./telegram_keys.ts";

export { type AccountId, accountId, type Row, type RowPrefix } from "./row.ts";
export type { TelegramDialogueRow, TelegramUpdateRow } from "./telegram_in_keys.ts";
export type {
  TelegramCardRow,
  TelegramChatRow,
  TelegramFileRow,
  TelegramItemRow,
  TelegramLinkRow,
  TelegramMissingRow,
  TelegramPaceRow,
  TelegramProgressRow,
  TelegramSettings,
  TelegramTopicRow,
} from "./telegram_keys.ts";

/**
 * Every key of the relay's store and the schema of its value. No other file spells a key. Secrets
 * are held as SHA-256 hashes only, save those the relay itself works with: `csrfSecret`, `previewSecret`, `vapidKeys`
 * and browsers' push keys.
 */

/** SHA-256 as base64url: 43 characters. */
const sha256 = z.string().length(43);

/** What a person calls a machine or a token. */
export const displayName = z.string().trim().min(1).max(80).regex(/^\P{Cc}*$/u, {
  message: "must not hold control characters",
});

export const role = z.enum(["owner", "operator", "viewer"]);
export type Role = z.infer<typeof role>;

const account = z.object({ id: accountId, name: displayName, role, createdAtMs: unixMs });
export type Account = z.infer<typeof account>;

const signInLink = z.object({
  /** Whom it signs in; `null`: it makes the owner account. */
  account: accountId.nullable(),
  createdAtMs: unixMs,
  expiresAtMs: unixMs,
  usedAtMs: unixMs.nullable(),
});
export type SignInLinkRow = z.infer<typeof signInLink>;

export const browserSessionId = id("bs").brand<"BrowserSessionId">();
export type BrowserSessionId = z.infer<typeof browserSessionId>;

const browserSession = z.object({
  id: browserSessionId,
  account: accountId,
  tokenHash: sha256,
  createdAtMs: unixMs,
  renewedAtMs: unixMs,
  expiresAtMs: unixMs,
  userAgent: z.string().max(256),
  address: z.string().max(64),
});
export type BrowserSessionRow = z.infer<typeof browserSession>;

const hostRow = z.object({
  id: hostId,
  name: displayName,
  tokenHash: sha256,
  createdAtMs: unixMs,
  /** When the present token was made. */
  tokenAtMs: unixMs,
  revokedAtMs: unixMs.nullable(),
});
export type HostRow = z.infer<typeof hostRow>;

const hostSeen = z.object({ seenAtMs: unixMs, facts: hostFacts });
export type HostSeen = z.infer<typeof hostSeen>;

export const apiTokenId = id("tok").brand<"ApiTokenId">();
export type ApiTokenId = z.infer<typeof apiTokenId>;

const apiToken = z.object({
  id: apiTokenId,
  account: accountId,
  name: displayName,
  role,
  /** The machines it may see; `null`: all. */
  hosts: z.array(hostId).max(100).nullable(),
  tokenHash: sha256,
  createdAtMs: unixMs,
  expiresAtMs: unixMs.nullable(),
  lastUsedAtMs: unixMs.nullable(),
});
export type ApiTokenRow = z.infer<typeof apiToken>;

/** A credential that is dead for good, by its hash: whatever it opened is to be cut. */
const revocation = z.object({ credential: sha256, atMs: unixMs });
export type RevocationRow = z.infer<typeof revocation>;

export const auditAction = z.enum([
  "owner.claim",
  "sign_in_link.create",
  "sign_in",
  "sign_out",
  "browser_session.revoke",
  "host.create",
  "host.rename",
  "host.rotate",
  "host.revoke",
  "host.remove",
  "api_token.create",
  "api_token.revoke",
  "push.subscribe",
  "push.unsubscribe",
  "push.settings",
  ...telegramAuditActions,
]);
export type AuditAction = z.infer<typeof auditAction>;

const audit = z.object({
  atMs: unixMs,
  /** An account's id, `api_token:<id>`, or "admin" for the command line. */
  who: z.string().max(128),
  what: auditAction,
  /** The id of what was acted on. */
  target: z.string().max(128),
  /** The client's address; absent for the command line. */
  address: z.string().max(64).optional(),
});
export type AuditRow = z.infer<typeof audit>;

const route = z.object({
  instanceId: z.string().min(1).max(64),
  connectionId: z.string().min(1).max(64),
  acquiredAtMs: unixMs,
  /** The truth about the end; KV may keep the row for longer. */
  expiresAtMs: unixMs,
});
export type RouteRow = z.infer<typeof route>;

const tokens = usageRow.pick({ input: true, cachedInput: true, output: true, answers: true });

/** What one agent and model used in one session on one day. */
const usageEntry = tokens.extend({ agent: agentId, model: usageRow.shape.model });
export type UsageEntry = z.infer<typeof usageEntry>;

const usageSheet = z.object({ entries: z.array(usageEntry).max(100) });
export type UsageSheet = z.infer<typeof usageSheet>;

/** How many sheets a machine has on one day. */
const usageSheets = z.object({ sheets: z.int().min(0) });

/** A usage turn that is in a sheet: which revision, where, and with which numbers. */
const countedUsage = tokenUsage.extend({
  rev: z.int().min(0),
  day: usageRow.shape.day,
  session: sessionId,
  agent: agentId,
});
export type CountedUsageRow = z.infer<typeof countedUsage>;

/** Base64url of the lengths that RFC 8291 and RFC 8292 ask for. */
const publicKey = z.string().regex(/^[A-Za-z0-9_-]{87}$/);

const vapidKeys = z.object({
  publicKey,
  /** A secret that cannot be a hash: the relay signs with it. */
  privateKey: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  createdAtMs: unixMs,
});
export type VapidKeysRow = z.infer<typeof vapidKeys>;

const pushDevice = z.object({
  endpoint: z.url().max(1_000),
  p256dh: publicKey,
  auth: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
  addedAtMs: unixMs,
});
export type PushDeviceRow = z.infer<typeof pushDevice>;

const pushDevices = z.object({ account: accountId, devices: z.array(pushDevice).max(10) });

/** A note that may be on an account's screens now: what it is about, and none of its words. */
const pushNote = z.object({
  kind: pushKind,
  /** The turn's or the approval's id. */
  about: z.string().max(160),
  atMs: unixMs,
});
export type PushNoteRow = z.infer<typeof pushNote>;

const csrfSecret = z.object({ secret: z.string().length(43), createdAtMs: unixMs });

/** Every row by its name. A `hash` is that of the secret which finds the row. */
export const rows = {
  /** Written when the store is opened: proves that writes work. */
  opened: row(z.object({ atMs: unixMs }), "opened"),
  csrfSecret: row(csrfSecret, "csrf_secret"),
  /** Who the owner is; absent until the first claim. */
  owner: row(z.object({ account: accountId }), "owner"),
  account: (id: AccountId) => row(account, "account", id),
  signInLink: (hash: string) => row(signInLink, "sign_in_link", hash),
  browserSession: (hash: string) => row(browserSession, "browser_session", hash),
  host: (id: HostId) => row(hostRow, "host", id),
  /** Apart from `host`: written often, by another writer. */
  hostSeen: (id: HostId) => row(hostSeen, "host_seen", id),
  apiToken: (hash: string) => row(apiToken, "api_token", hash),
  /** Dated ids, so that the listing is in order. */
  revocation: (datedId: string) => row(revocation, "revocation", datedId),
  /** The newest revocation's id: the one key that every instance watches. */
  revocationHead: row(z.string().max(64), "revocation_head"),
  audit: (datedId: string) => row(audit, "audit", datedId),
  route: (id: HostId) => row(route, "route", id),
  /** By day first, so that a range of days is one listing. */
  usageSheet: (day: string, host: HostId, session: SessionId) =>
    row(usageSheet, "usage", day, host, session),
  usageSheets: (day: string, host: HostId) => row(usageSheets, "usage_sheets", day, host),
  /** A turn's id is unique on its machine: a conversation may be resumed in another session. */
  countedUsage: (host: HostId, turn: string) => row(countedUsage, "counted_usage", host, turn),
  vapidKeys: row(vapidKeys, "vapid_keys"),
  /** By the browser session's hash, and gone with it. */
  pushDevices: (hash: string) => row(pushDevices, "push_devices", hash),
  pushSettings: (id: AccountId) => row(pushSettings, "push_settings", id),
  pushNote: (host: HostId, session: SessionId, account: AccountId) =>
    row(pushNote, "push_note", host, session, account),
  ...previewRows,
  ...telegramRows,
  ...telegramInRows,
} as const;

/** What can be listed. */
export const prefixes = {
  browserSessions: prefix(browserSession, "browser_session"),
  hosts: prefix(hostRow, "host"),
  apiTokens: prefix(apiToken, "api_token"),
  revocations: prefix(revocation, "revocation"),
  audit: prefix(audit, "audit"),
  /** Keys go on with day, machine and session. */
  usageSheets: prefix(usageSheet, "usage"),
  pushDevices: prefix(pushDevices, "push_devices"),
  /** Keys go on with session and account. */
  pushNotesOn: (host: HostId) => prefix(pushNote, "push_note", host),
  pushNotesOf: (host: HostId, session: SessionId) => prefix(pushNote, "push_note", host, session),
  ...telegramPrefixes,
  ...telegramInPrefixes,
} as const;

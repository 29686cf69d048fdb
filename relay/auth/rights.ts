import type { HostId } from "@chatcode/protocol";
import type { Role } from "../kv/keys.ts";
import type { Principal } from "./principal.ts";

/** The least role that may do it. Every right of the relay stands here. */
const LEAST_ROLE = {
  /** See that the machine exists, its state and facts. */
  "host.view": "viewer",
  "host.create": "owner",
  "host.rename": "owner",
  "host.rotate": "owner",
  "host.revoke": "owner",
  "host.remove": "owner",
  "session.list": "viewer",
  /** Attach to watch, read history. */
  "session.watch": "viewer",
  "session.start": "operator",
  /** Type, resize, rename. */
  "session.drive": "operator",
  "session.end": "operator",
  "folder.list": "viewer",
  /** Have a recording transcribed. */
  "voice.use": "operator",
  /** More than the screens that a viewer watches: the workspace's secrets, and most of the home. */
  "file.read": "operator",
  /** Upload into the workspace. */
  "file.write": "operator",
  /** Of the machines that one may see. */
  "usage.read": "viewer",
  /** One's own notifications. */
  "push.change": "viewer",
  /** One's own link with Telegram, and what one is told there. */
  "telegram.change": "viewer",
  /** What is wrong with the relay's bot. */
  "telegram.examine": "owner",
  /** One's own sign-ins. */
  "browser_session.list": "viewer",
  "browser_session.revoke": "viewer",
  "api_token.list": "owner",
  "api_token.create": "owner",
  "api_token.revoke": "owner",
  "sign_in_link.create": "owner",
  "audit.read": "owner",
} as const satisfies Record<string, Role>;

export type Action = keyof typeof LEAST_ROLE;
export const ACTIONS = Object.keys(LEAST_ROLE) as readonly Action[];

const RANK: Readonly<Record<Role, number>> = { viewer: 0, operator: 1, owner: 2 };

/**
 * Whether `principal` may do `action`, on `host` if the action is about one machine. The one place
 * that decides: asked on every request.
 */
export function may(
  principal: Pick<Principal, "role" | "hosts">,
  action: Action,
  host?: HostId,
): boolean {
  const { role, hosts } = principal;
  if (RANK[role] < RANK[LEAST_ROLE[action]]) return false;
  return host === undefined || hosts === "all" || hosts.includes(host);
}

/** The lesser of two roles: a token can never do more than the account that made it. */
export function lesserRole(a: Role, b: Role): Role {
  return RANK[a] <= RANK[b] ? a : b;
}

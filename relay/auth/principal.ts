import type { HostId } from "@chatcode/protocol";
import type { AccountId, ApiTokenId, BrowserSessionId, Role } from "../kv/keys.ts";

/** Who asks, and by what. */
export interface Principal {
  readonly account: AccountId;
  /** The account's, for people to read. */
  readonly name: string;
  readonly role: Role;
  /** The machines it may know of. */
  readonly hosts: "all" | readonly HostId[];
  readonly via:
    | { readonly kind: "browser_session"; readonly id: BrowserSessionId }
    | { readonly kind: "api_token"; readonly id: ApiTokenId }
    /** A linked Telegram user, by their number; proved by Telegram with each update. */
    | { readonly kind: "telegram"; readonly id: string };
  /** What proved it, by its hash: dead as soon as that is revoked. */
  readonly credential: string;
  /** From then on it counts no more; `null`: it does not end by itself. */
  readonly expiresAtMs: number | null;
}

/** Who did something, for the audit log. */
export interface Actor {
  /** An account's id, `api_token:<id>`, or "admin" for the command line. */
  readonly who: string;
  /** The client's address; absent for the command line and for Telegram. */
  readonly address?: string;
}

/** Whoever may run admin commands: has the data folder, or the platform's console. */
export const ADMIN: Actor = { who: "admin" };

/** @param address undefined: it came through a channel that tells none */
export function actorOf({ account, via }: Principal, address?: string): Actor {
  const who = via.kind === "api_token" ? `api_token:${via.id}` : account;
  return address === undefined ? { who } : { who, address };
}

import type {
  HostId,
  PushSettings,
  PushTarget,
  TelegramCheck,
  TelegramSettings,
  TelegramState,
  UsageRow,
} from "@chatcode/protocol";

/**
 * What the web app asks of the relay that mounts it. Only `relay/main.ts` implements it for real.
 *
 * Each method checks by itself that the principal may do what it asks. A refusal is a thrown
 * `ProtocolError`: FORBIDDEN, HOST_NOT_FOUND, INVALID_REQUEST, LIMIT_REACHED, CONFLICT, UNAVAILABLE,
 * or RATE_LIMITED with `retryAfterMs`. The app turns the code into an HTTP status, shows the message,
 * and answers 500 to anything else. Every change is written to the audit log by the implementation.
 */
export interface Services {
  /** The origin under which people reach the relay, for example `https://chatcode.example`. */
  readonly publicUrl: URL;
  /** Where links to files lead, if that is an origin of their own. */
  readonly previewOrigin: URL | null;
  /** The relay's version, shown in the page's foot. */
  readonly version: string;
  readonly signIn: SignInService;
  readonly hosts: HostService;
  readonly browserSessions: BrowserSessionService;
  readonly apiTokens: ApiTokenService;
  readonly audit: AuditService;
  readonly usage: UsageService;
  readonly push: PushService;
  readonly voice: VoiceService;
  /** `null`: no bot is set up. */
  readonly telegram: TelegramService | null;
}

/** One request and where it came from. Fresh's own context fits this shape. */
export interface Visit {
  readonly req: Request;
  readonly info: { readonly remoteAddr: Deno.Addr };
}

export type Role = "owner" | "operator" | "viewer";

/** Who is signed in, by a browser's cookie. */
export interface Principal {
  readonly account: string;
  readonly name: string;
  readonly role: Role;
  /** The browser session that the cookie stands for. */
  readonly browserSession: string;
}

export type SignInOutcome =
  /** `cookie` is a whole `Set-Cookie` value. */
  | { state: "signed-in"; cookie: string }
  /** The token was used before, is too old, or is none of ours. */
  | { state: "refused"; why: "used" | "expired" | "unknown" };

export interface SignInService {
  /**
   * Spends a one-time token.
   * @throws ProtocolError RATE_LIMITED
   */
  signIn(visit: Visit, token: string): Promise<SignInOutcome>;
  /** Ends the browser session, cuts its sockets. @returns the `Set-Cookie` value that clears it */
  signOut(visit: Visit, principal: Principal): Promise<string>;
  /**
   * @returns whose cookie the request carries, or null
   * @throws ProtocolError RATE_LIMITED, UNAVAILABLE
   */
  principal(visit: Visit): Promise<Principal | null>;
  /** A `Set-Cookie` value if the cookie is due to be renewed. */
  renewal(visit: Visit, principal: Principal): Promise<string | null>;
  /** Whether the request's `Origin` is the relay's own. */
  originIsOurs(visit: Visit): boolean;
  /** The token that this browser session's changes must carry. */
  csrfToken(principal: Principal): Promise<string>;
  /** In constant time. */
  csrfTokenIsValid(principal: Principal, token: string): Promise<boolean>;
}

/** A machine as it is registered; whether it is online comes through the socket. */
export interface HostRecord {
  readonly id: HostId;
  readonly name: string;
  readonly createdAtMs: number;
  /** When its present token was made. */
  readonly tokenAtMs: number;
}

/** Shown once: the relay keeps only a hash of the token. */
export interface HostCredentials {
  readonly id: HostId;
  readonly name: string;
  readonly token: string;
  /** One line for the machine's shell, token and relay URL filled in. */
  readonly installCommand: string;
}

export interface HostService {
  list(principal: Principal): Promise<HostRecord[]>;
  add(visit: Visit, principal: Principal, name: string): Promise<HostCredentials>;
  rename(visit: Visit, principal: Principal, id: HostId, name: string): Promise<void>;
  /** A new token; the old one stops at once and cuts the machine's gateway. */
  rotate(visit: Visit, principal: Principal, id: HostId): Promise<HostCredentials>;
  remove(visit: Visit, principal: Principal, id: HostId): Promise<void>;
}

export interface BrowserSessionRecord {
  readonly id: string;
  readonly createdAtMs: number;
  readonly activeAtMs: number;
  readonly expiresAtMs: number;
  readonly userAgent: string;
  readonly address: string;
}

export interface BrowserSessionService {
  /** The principal's own, the newest first. */
  list(principal: Principal): Promise<BrowserSessionRecord[]>;
  revoke(visit: Visit, principal: Principal, id: string): Promise<void>;
  /** All of them, this one too. */
  revokeAll(visit: Visit, principal: Principal): Promise<void>;
}

export interface ApiTokenRecord {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly lastUsedAtMs: number | null;
}

export interface ApiTokenService {
  list(principal: Principal): Promise<ApiTokenRecord[]>;
  /** `token` is shown once. */
  create(
    visit: Visit,
    principal: Principal,
    wanted: { name: string; role: Role; expiresAtMs: number | null },
  ): Promise<{ record: ApiTokenRecord; token: string }>;
  revoke(visit: Visit, principal: Principal, id: string): Promise<void>;
}

export interface AuditEntry {
  readonly atMs: number;
  /** A name, an API token's id, or "admin" for the command line. */
  readonly who: string;
  /** For example `host.rotate`. */
  readonly what: string;
  readonly target: string;
  readonly address: string | null;
}

export interface AuditService {
  /** The newest first. `cursor` is the `next` of the page before. Owner only. */
  list(
    principal: Principal,
    page: { limit: number; cursor: string | null },
  ): Promise<{ entries: AuditEntry[]; next: string | null }>;
}

export interface UsageService {
  /**
   * Tokens by day, machine, session, agent and model, the oldest day first. Days are UTC, as
   * 2026-11-20, both included, at most 400. `truncated`: there are more than 10,000 rows, and these
   * are the newest.
   * @throws ProtocolError INVALID_REQUEST, UNAVAILABLE
   */
  query(
    principal: Principal,
    range: { from: string; to: string; host?: HostId },
  ): Promise<{ rows: UsageRow[]; truncated: boolean }>;
}

export interface PushService {
  /** The relay's VAPID key for `applicationServerKey`, base64url. */
  publicKey(principal: Principal): Promise<string>;
  /**
   * This browser wants notifications, until it unsubscribes or its session ends. At most 5 a browser
   * session: the oldest gives way. Subscribing again does no harm.
   * @throws ProtocolError INVALID_REQUEST, UNAVAILABLE
   */
  subscribe(visit: Visit, principal: Principal, target: PushTarget): Promise<void>;
  /** No error if there was no such subscription. */
  unsubscribe(visit: Visit, principal: Principal, endpoint: string): Promise<void>;
  /** The account's, for all its browsers. */
  settings(principal: Principal): Promise<PushSettings>;
  /** @throws ProtocolError INVALID_REQUEST */
  saveSettings(visit: Visit, principal: Principal, settings: PushSettings): Promise<void>;
}

export interface VoiceService {
  /** Whether a transcription endpoint is set up. */
  readonly isReady: boolean;
  /**
   * What was said in a recording of at most 20 MB, within a minute; empty if nothing was. Neither is
   * kept.
   * @throws ProtocolError INVALID_REQUEST, PAYLOAD_TOO_LARGE, RATE_LIMITED, TIMEOUT, UNAVAILABLE
   * @throws the signal's reason as soon as `signal` aborts
   */
  transcribe(
    principal: Principal,
    audio: ReadableStream<Uint8Array>,
    recording: { mediaType: string; signal: AbortSignal },
  ): Promise<{ text: string }>;
}

export interface TelegramService {
  /** The bot, and how the principal's account stands with it. */
  state(principal: Principal): Promise<TelegramState>;
  /**
   * A deep link that links whoever opens it in Telegram with the principal's account, once.
   * @throws ProtocolError UNAVAILABLE while Telegram cannot be reached
   */
  pair(principal: Principal): Promise<{ url: string; expiresAtMs: number }>;
  /** No error if nobody is linked. */
  unlink(visit: Visit, principal: Principal): Promise<void>;
  /** @throws ProtocolError NOT_LINKED */
  sayHello(principal: Principal): Promise<void>;
  /** @throws ProtocolError INVALID_REQUEST */
  saveSettings(visit: Visit, principal: Principal, settings: TelegramSettings): Promise<void>;
  /** Everything about the bot that can be wrong, by asking Telegram: some seconds. Owner only. */
  examine(principal: Principal): Promise<TelegramCheck[]>;
  /** Telegram's own call; `bot` is the id in the path. It proves itself by a secret header. */
  webhook(visit: Visit, bot: string): Promise<Response>;
}

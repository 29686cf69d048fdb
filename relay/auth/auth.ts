import { type Clock, type Log, MAX_TIMER_MS, silentLog, systemClock } from "@chatcode/kit";
import type { AccountId } from "../kv/keys.ts";
import type { Store } from "../kv/store.ts";
import { Accounts } from "./accounts.ts";
import { ApiTokens } from "./api_tokens.ts";
import { AuditLog } from "./audit.ts";
import { BrowserSessions } from "./browser_session.ts";
import { SessionCookie } from "./cookie.ts";
import { Csrf } from "./csrf.ts";
import { HostTokens } from "./host_tokens.ts";
import { Origins } from "./origin.ts";
import type { Principal } from "./principal.ts";
import { RATE_RULES, type RateKind, RateLimit } from "./rate_limit.ts";
import { Revocations } from "./revocations.ts";
import { lesserRole } from "./rights.ts";
import { hashSecret } from "./secret.ts";
import { SignInLinks } from "./sign_in_link.ts";

export interface AuthOptions {
  /** The origin under which people reach the relay. */
  readonly publicUrl: URL;
  readonly clock?: Clock;
  readonly log?: Log;
}

/** Why a principal's time is over. */
export type EndReason = "revoked" | "expired";

/** A channel whose own platform proves who speaks. */
export type ChannelVia = Extract<Principal["via"], { kind: "telegram" }>;

/** `none`: the request carries no credential; `bad`: it carries one that is not valid (any more). */
export type Authentication =
  | { state: "ok"; principal: Principal }
  | { state: "none" }
  | { state: "bad" };

/** Everything about who may come in, in one bundle. */
export class Auth implements AsyncDisposable {
  readonly accounts: Accounts;
  readonly audit: AuditLog;
  readonly signInLinks: SignInLinks;
  readonly browserSessions: BrowserSessions;
  readonly hosts: HostTokens;
  readonly apiTokens: ApiTokens;
  readonly origins: Origins;
  readonly cookie: SessionCookie;
  readonly rateLimit: RateLimit<RateKind>;
  readonly publicUrl: URL;
  readonly clock: Clock;
  readonly #log: Log;

  constructor(
    store: Store,
    readonly csrf: Csrf,
    readonly revocations: Revocations,
    options: Required<AuthOptions>,
  ) {
    const { publicUrl, clock, log } = options;
    this.publicUrl = publicUrl;
    this.clock = clock;
    this.#log = log;
    this.audit = new AuditLog(store, clock);
    this.accounts = new Accounts(store, { clock, audit: this.audit });
    const { accounts, audit } = this;
    const parts = { store, clock, audit, revocations, log };
    this.signInLinks = new SignInLinks({ store, clock, accounts, audit, publicUrl });
    this.browserSessions = new BrowserSessions(parts);
    this.hosts = new HostTokens(parts);
    this.apiTokens = new ApiTokens(parts);
    this.origins = new Origins(publicUrl);
    this.cookie = new SessionCookie(publicUrl);
    this.rateLimit = new RateLimit(RATE_RULES, { clock });
  }

  /**
   * Who asks: by bearer token if there is an `Authorization` header, else by cookie. Says nothing
   * about the origin, which only the caller knows how to judge.
   */
  async authenticate(headers: Headers): Promise<Authentication> {
    const authorization = headers.get("authorization");
    const token = authorization === null ? this.cookie.parse(headers) : bearerOf(authorization);
    if (token === undefined || token === "") {
      return { state: authorization === null ? "none" : "bad" };
    }
    const principal = authorization === null
      ? await this.#byBrowserSession(token)
      : await this.#byApiToken(token);
    return principal === null ? { state: "bad" } : { state: "ok", principal };
  }

  /**
   * The account as whoever a channel of the relay's own stands for. The caller has made sure of that,
   * asks for each thing anew, and keeps it for no longer. `null`: there is no such account any more.
   */
  async principalOf(id: AccountId, via: ChannelVia): Promise<Principal | null> {
    const account = await this.accounts.get(id);
    if (account === null) return null;
    return {
      account: account.id,
      name: account.name,
      role: account.role,
      hosts: "all",
      via,
      credential: await hashSecret(`${via.kind} ${via.id} ${account.id}`),
      expiresAtMs: null,
    };
  }

  /**
   * Calls `listener` once, when the principal's credential is revoked or runs out. For whatever
   * outlives its request, such as a socket.
   */
  onEnded(
    subject: Pick<Principal, "credential" | "expiresAtMs">,
    listener: (reason: EndReason) => void,
  ): Disposable {
    const registrations = new DisposableStack();
    const end = (reason: EndReason) => {
      if (registrations.disposed) return;
      registrations.dispose();
      listener(reason);
    };
    registrations.use(
      this.revocations.onRevoked(subject.credential, () => end("revoked")),
    );
    if (subject.expiresAtMs !== null) {
      const stop = new AbortController();
      registrations.defer(() => stop.abort());
      this.#waitForExpiry(subject.credential, subject.expiresAtMs, stop.signal, () => {
        end("expired");
      });
    }
    return registrations;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.revocations[Symbol.asyncDispose]();
  }

  async #byBrowserSession(token: string): Promise<Principal | null> {
    const session = await this.browserSessions.verify(token);
    const account = session && await this.accounts.get(session.account);
    if (session === null || account === null) return null;
    return {
      account: account.id,
      name: account.name,
      role: account.role,
      hosts: "all",
      via: { kind: "browser_session", id: session.id },
      credential: session.tokenHash,
      expiresAtMs: session.expiresAtMs,
    };
  }

  async #byApiToken(token: string): Promise<Principal | null> {
    const row = await this.apiTokens.verify(token);
    const account = row && await this.accounts.get(row.account);
    if (row === null || account === null) return null;
    return {
      account: account.id,
      name: account.name,
      role: lesserRole(row.role, account.role), // the account's may be less by now
      hosts: row.hosts ?? "all",
      via: { kind: "api_token", id: row.id },
      credential: row.tokenHash,
      expiresAtMs: row.expiresAtMs,
    };
  }

  /** The end may have moved on by then: a browser session's does with each use. */
  #waitForExpiry(credential: string, atMs: number, signal: AbortSignal, onEnd: () => void): void {
    const waitMs = Math.min(Math.max(0, atMs - this.clock.now()), MAX_TIMER_MS);
    const timer = this.clock.setTimer(async () => {
      const laterMs = this.clock.now() < atMs ? atMs : await this.#renewedEnd(credential);
      if (signal.aborted) return;
      if (laterMs === null) onEnd();
      else this.#waitForExpiry(credential, laterMs, signal, onEnd);
    }, waitMs);
    signal.addEventListener("abort", () => timer[Symbol.dispose](), { once: true });
  }

  async #renewedEnd(credential: string): Promise<number | null> {
    try {
      const session = await this.browserSessions.get(credential);
      return session?.expiresAtMs ?? null;
    } catch (error) {
      this.#log.warn("auth.expiry_not_read", { error });
      return null;
    }
  }
}

/** Opens everything about identity on `store`. */
export async function openAuth(store: Store, options: AuthOptions): Promise<Auth> {
  const { clock = systemClock, log = silentLog, publicUrl } = options;
  const csrf = await Csrf.open(store, clock);
  const revocations = await Revocations.start(store, { clock, log });
  return new Auth(store, csrf, revocations, { clock, log, publicUrl });
}

function bearerOf(authorization: string): string | undefined {
  return /^Bearer +([A-Za-z0-9_-]+)$/i.exec(authorization.trim())?.[1];
}

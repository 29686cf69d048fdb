import { type HostId, ProtocolError } from "@chatcode/protocol";
import type {
  Principal as WebPrincipal,
  Services,
  TelegramService,
  Visit,
} from "../web/services.ts";
import type { Auth } from "./auth/auth.ts";
import { BROWSER_SESSION_MS } from "./auth/browser_session.ts";
import { clientAddress } from "./auth/client_address.ts";
import { type Actor, actorOf, type Principal } from "./auth/principal.ts";
import type { RateKind } from "./auth/rate_limit.ts";
import { type Action, may } from "./auth/rights.ts";
import { apiTokenId, browserSessionId, displayName, type HostRow } from "./kv/keys.ts";
import type { HostList } from "./host_list.ts";
import { installCommand } from "./install_command.ts";
import { KvError } from "./kv/kv_error.ts";
import type { Push } from "./push/push.ts";
import type { Voice } from "./voice/voice.ts";
import type { Telegram } from "./telegram/telegram.ts";
import type { UsageBook } from "./usage/usage_book.ts";
import { webTelegram } from "./web_telegram.ts";

export type { TelegramService, Visit, WebPrincipal };
export type WebServices = Services;

export interface WebServicesParts {
  readonly auth: Auth;
  readonly hosts: HostList;
  readonly usage: UsageBook;
  readonly push: Pick<Push, "publicKey" | "devices" | "settings">;
  readonly voice: Voice;
  /** `null`: no bot is set up. */
  readonly telegram: Telegram | null;
  readonly publicUrl: URL;
  readonly previewOrigin: URL | null;
  /** Where releases of the gateway are. */
  readonly releaseUrl?: URL | null;
  readonly version: string;
  readonly trustedProxies: number;
}

const REFUSALS = { LINK_USED: "used", LINK_EXPIRED: "expired", LINK_UNKNOWN: "unknown" } as const;

/** What the relay does for the web app it mounts: every method checks the principal's right itself. */
export function webServices(parts: WebServicesParts): Services {
  const { auth, hosts, publicUrl, push, usage, voice } = parts;
  // The web app hands principals back as it got them, so the relay's own is found by identity and
  // cannot be made up.
  const known = new WeakMap<WebPrincipal, Principal>();

  const addressOf = ({ req, info }: Visit) =>
    clientAddress(req, info.remoteAddr, parts.trustedProxies);
  const charge = (kind: RateKind, visit: Visit) => {
    const check = auth.rateLimit.take(kind, addressOf(visit));
    if (check.state === "limited") {
      throw new ProtocolError("RATE_LIMITED", "Cannot answer: too many tries from your address", {
        retryAfterMs: check.retryAfterMs,
      });
    }
  };
  const allow = (principal: WebPrincipal, action: Action, host?: HostId): Principal => {
    const own = known.get(principal);
    if (!own || !may(own, action, host)) {
      throw new ProtocolError("FORBIDDEN", `Cannot do that: your role may not "${action}"`);
    }
    return own;
  };
  const actor = (visit: Visit, principal: Principal): Actor => actorOf(principal, addressOf(visit));
  const credentialsOf = (host: HostRow, token: string) => ({
    id: host.id,
    name: host.name,
    token,
    installCommand: installCommand({
      id: host.id,
      token,
      publicUrl,
      releaseUrl: parts.releaseUrl,
    }),
  });

  const { telegram } = parts;
  return {
    publicUrl,
    previewOrigin: parts.previewOrigin,
    version: parts.version,
    telegram: telegram && webTelegram({
      telegram,
      auth,
      allow,
      actor,
      charge: (visit) => charge("page", visit),
    }),

    signIn: {
      async signIn(visit, token) {
        charge("sign_in", visit);
        const use = await auth.signInLinks.use(token, addressOf(visit));
        if (use.state === "refused") return { state: "refused", why: REFUSALS[use.code] };
        const session = await auth.browserSessions.create(use.account.id, {
          userAgent: visit.req.headers.get("user-agent") ?? "",
          address: addressOf(visit),
        });
        const cookie = auth.cookie.encode(session.token, BROWSER_SESSION_MS);
        return { state: "signed-in", cookie };
      },
      async signOut(visit, principal) {
        const own = known.get(principal);
        if (own) await auth.browserSessions.signOut(own.credential, actor(visit, own));
        return auth.cookie.clear();
      },
      async principal(visit) {
        charge("page", visit);
        // A bearer token opens no pages: they are for cookies, which CSRF checks guard.
        const cookieOnly = new Headers(visit.req.headers);
        cookieOnly.delete("authorization");
        const check = await auth.authenticate(cookieOnly);
        if (check.state !== "ok" || check.principal.via.kind !== "browser_session") return null;
        auth.rateLimit.giveBack("page", addressOf(visit));
        const { account, name, role, via } = check.principal;
        const principal: WebPrincipal = { account, name, role, browserSession: via.id };
        known.set(principal, check.principal);
        return principal;
      },
      async renewal(visit, principal) {
        const own = known.get(principal);
        const token = auth.cookie.parse(visit.req.headers);
        if (!own || !token || !await auth.browserSessions.renew(own.credential)) return null;
        return auth.cookie.encode(token, BROWSER_SESSION_MS);
      },
      originIsOurs: (visit) => auth.origins.check(visit.req.headers) === "ours",
      csrfToken: async (principal) => {
        const own = known.get(principal);
        if (!own) throw new ProtocolError("UNAUTHORIZED", "Cannot make a token: not signed in");
        return await auth.csrf.token(own.credential);
      },
      csrfTokenIsValid: async (principal, token) => {
        const own = known.get(principal);
        return own !== undefined && await auth.csrf.isValid(own.credential, token);
      },
    },

    hosts: {
      async list(principal) {
        const own = allow(principal, "host.view");
        const rows = await auth.hosts.list();
        return rows.filter((row) => may(own, "host.view", row.id))
          .map(({ id, name, createdAtMs, tokenAtMs }) => ({ id, name, createdAtMs, tokenAtMs }));
      },
      async add(visit, principal, name) {
        const own = allow(principal, "host.create");
        const creation = await auth.hosts.create(nameOf(name), actor(visit, own));
        if (creation.state === "limit") {
          throw new ProtocolError("LIMIT_REACHED", "Cannot add a machine: there are too many");
        }
        await hosts.refresh();
        return credentialsOf(creation.host, creation.token);
      },
      async rename(visit, principal, id, name) {
        const own = allow(principal, "host.rename", id);
        mustExist(await auth.hosts.rename(id, nameOf(name), actor(visit, own)));
        await hosts.refresh();
      },
      async rotate(visit, principal, id) {
        const own = allow(principal, "host.rotate", id);
        const { host, token } = mustExist(await auth.hosts.rotate(id, actor(visit, own)));
        return credentialsOf(host, token);
      },
      async remove(visit, principal, id) {
        const own = allow(principal, "host.remove", id);
        mustExist(await auth.hosts.remove(id, actor(visit, own)));
        await hosts.refresh();
      },
    },

    browserSessions: {
      async list(principal) {
        const own = allow(principal, "browser_session.list");
        const sessions = await auth.browserSessions.list(own.account);
        return sessions.map((session) => ({
          id: session.id,
          createdAtMs: session.createdAtMs,
          activeAtMs: session.renewedAtMs,
          expiresAtMs: session.expiresAtMs,
          userAgent: session.userAgent,
          address: session.address,
        }));
      },
      async revoke(visit, principal, id) {
        const own = allow(principal, "browser_session.revoke");
        const parsed = browserSessionId.safeParse(id);
        const done = parsed.success &&
          await auth.browserSessions.revoke(own.account, parsed.data, actor(visit, own));
        if (!done) throw new ProtocolError("INVALID_REQUEST", "Cannot sign out: no such browser");
      },
      async revokeAll(visit, principal) {
        const own = allow(principal, "browser_session.revoke");
        await auth.browserSessions.revokeAll(own.account, actor(visit, own));
      },
    },

    apiTokens: {
      async list(principal) {
        const own = allow(principal, "api_token.list");
        return (await auth.apiTokens.list(own.account)).map(apiTokenRecord);
      },
      async create(visit, principal, wanted) {
        const own = allow(principal, "api_token.create");
        const account = await auth.accounts.get(own.account);
        if (!account) throw new ProtocolError("UNAUTHORIZED", "Cannot make a token: no account");
        const asked = { ...wanted, name: nameOf(wanted.name) };
        const creation = await auth.apiTokens.create(account, asked, actor(visit, own));
        if (creation.state === "limit") {
          throw new ProtocolError("LIMIT_REACHED", "Cannot make a token: revoke one first");
        }
        return { record: apiTokenRecord(creation.row), token: creation.token };
      },
      async revoke(visit, principal, id) {
        const own = allow(principal, "api_token.revoke");
        const parsed = apiTokenId.safeParse(id);
        const done = parsed.success &&
          await auth.apiTokens.revoke(own.account, parsed.data, actor(visit, own));
        if (!done) throw new ProtocolError("INVALID_REQUEST", "Cannot revoke: no such token");
      },
    },

    audit: {
      async list(principal, page) {
        allow(principal, "audit.read");
        const { entries, next } = await auth.audit.list(page);
        return {
          entries: entries.map(({ address = null, ...entry }) => ({ ...entry, address })),
          next,
        };
      },
    },

    usage: {
      async query(principal, range) {
        const own = allow(principal, "usage.read");
        const sees = (host: HostId) => may(own, "usage.read", host);
        return await whileStoreAnswers(usage.query(range, { sees }));
      },
    },

    push: {
      publicKey(principal) {
        allow(principal, "push.change");
        return Promise.resolve(push.publicKey);
      },
      async subscribe(visit, principal, target) {
        const own = allow(principal, "push.change");
        await whileStoreAnswers(push.devices.add(own, target, actor(visit, own)));
      },
      async unsubscribe(visit, principal, endpoint) {
        const own = allow(principal, "push.change");
        await whileStoreAnswers(push.devices.remove(own, endpoint, actor(visit, own)));
      },
      async settings(principal) {
        const own = allow(principal, "push.change");
        return await whileStoreAnswers(push.settings.get(own.account));
      },
      async saveSettings(visit, principal, settings) {
        const own = allow(principal, "push.change");
        await whileStoreAnswers(push.settings.set(own.account, settings, actor(visit, own)));
      },
    },

    voice: {
      isReady: voice.isReady,
      async transcribe(principal, audio, recording) {
        const own = allow(principal, "voice.use");
        return await voice.transcribe(own.account, audio, recording);
      },
    },
  };
}

/** @throws ProtocolError UNAVAILABLE if the store fails */
async function whileStoreAnswers<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (!(cause instanceof KvError)) throw cause;
    throw new ProtocolError("UNAVAILABLE", "Cannot answer: the store does not", { cause });
  }
}

function nameOf(name: string): string {
  const parsed = displayName.safeParse(name);
  if (parsed.success) return parsed.data;
  throw new ProtocolError("INVALID_REQUEST", "Cannot take the name: 1 to 80 characters, one line");
}

function mustExist<T extends { state: "done" }>(change: T | { state: "unknown" }): T {
  if (change.state === "done") return change;
  throw new ProtocolError("HOST_NOT_FOUND", "Cannot change the machine: there is no such machine");
}

function apiTokenRecord(
  { id, name, role, createdAtMs, expiresAtMs, lastUsedAtMs }: {
    id: string;
    name: string;
    role: Principal["role"];
    createdAtMs: number;
    expiresAtMs: number | null;
    lastUsedAtMs: number | null;
  },
) {
  return { id, name, role, createdAtMs, expiresAtMs, lastUsedAtMs };
}

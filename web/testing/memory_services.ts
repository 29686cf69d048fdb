import {
  type HostId,
  ProtocolError,
  type PushSettings,
  type PushTarget,
  type TelegramCheck,
  type TelegramSettings,
  type TelegramState,
  type UsageRow,
} from "@chatcode/protocol";
import type {
  ApiTokenRecord,
  AuditEntry,
  BrowserSessionRecord,
  HostRecord,
  Principal,
  Role,
  Services,
} from "../services.ts";

/** The token that signs in, once, as the owner; `VIEWER_TOKEN` as a viewer, as often as wanted. */
export const SIGN_IN_TOKEN = "first-token";
export const VIEWER_TOKEN = "viewer-token";
const COOKIE = "test_session";

/** The relay's services in memory: what they do, without hashing and limits. */
export class MemoryServices implements Services {
  readonly version = "0.0.0-test";
  previewOrigin: URL | null = null;
  readonly hostRecords = new Map<HostId, HostRecord>();
  readonly devices = new Map<string, BrowserSessionRecord & { role: Role }>();
  readonly tokens = new Map<string, ApiTokenRecord>();
  readonly log: AuditEntry[] = [];
  readonly usageRows: UsageRow[] = [];
  readonly pushTargets = new Map<string, PushTarget>();
  pushSettings: PushSettings = {
    kinds: { done: true, waiting: true, failed: true },
    quiet: null,
  };
  /** What the next recordings say, or how they fail. */
  said: (audio: Uint8Array, mediaType: string) => string | Promise<string> = () => "";
  /** While set, every request is refused as too many. */
  limited = false;
  readonly #used = new Set<string>();
  #lastId = 0;

  constructor(readonly publicUrl: URL) {}

  /** The `Cookie` header of a signed-in browser. */
  cookieFor(role: Role): string {
    const id = this.#id("browser");
    this.devices.set(id, {
      id,
      role,
      createdAtMs: Date.UTC(2026, 10, 1),
      activeAtMs: Date.UTC(2026, 10, 20),
      expiresAtMs: Date.UTC(2026, 11, 1),
      userAgent: "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36",
      address: "127.0.0.1",
    });
    return `${COOKIE}=${id}`;
  }

  signedIn(headers: Headers): boolean {
    return this.#principal(headers) !== null;
  }

  readonly signIn: Services["signIn"] = {
    signIn: (_visit, token) => {
      if (this.limited) {
        throw new ProtocolError("RATE_LIMITED", "Cannot sign in: too many tries", {
          retryAfterMs: 30_000,
        });
      }
      if (this.#used.has(token)) return Promise.resolve({ state: "refused", why: "used" });
      if (token === "old-token") return Promise.resolve({ state: "refused", why: "expired" });
      if (token !== SIGN_IN_TOKEN && token !== VIEWER_TOKEN) {
        return Promise.resolve({ state: "refused", why: "unknown" });
      }
      if (token === SIGN_IN_TOKEN) this.#used.add(token);
      const cookie = this.cookieFor(token === SIGN_IN_TOKEN ? "owner" : "viewer");
      return Promise.resolve({ state: "signed-in", cookie: `${cookie}; Path=/; HttpOnly` });
    },
    signOut: (_visit, principal) => {
      this.devices.delete(principal.browserSession);
      return Promise.resolve(`${COOKIE}=; Path=/; Max-Age=0`);
    },
    principal: ({ req }) => Promise.resolve(this.#principal(req.headers)),
    renewal: () => Promise.resolve(null),
    originIsOurs: ({ req }) => req.headers.get("origin") === this.publicUrl.origin,
    csrfToken: (principal) => Promise.resolve(`csrf-${principal.browserSession}`),
    csrfTokenIsValid: (principal, token) =>
      Promise.resolve(token === `csrf-${principal.browserSession}`),
  };

  readonly hosts: Services["hosts"] = {
    list: () => Promise.resolve([...this.hostRecords.values()]),
    add: (_visit, principal, name) => {
      this.#mustOwn(principal);
      return Promise.resolve(this.#credentials(this.#id("host") as HostId, name, "host.create"));
    },
    rename: (_visit, principal, id, name) => {
      this.#mustOwn(principal);
      this.hostRecords.set(id, { ...this.#host(id), name });
      return Promise.resolve();
    },
    rotate: (_visit, principal, id) => {
      this.#mustOwn(principal);
      return Promise.resolve(this.#credentials(id, this.#host(id).name, "host.rotate"));
    },
    remove: (_visit, principal, id) => {
      this.#mustOwn(principal);
      this.#host(id);
      this.hostRecords.delete(id);
      return Promise.resolve();
    },
  };

  readonly browserSessions: Services["browserSessions"] = {
    list: () => Promise.resolve([...this.devices.values()].map(({ role: _, ...record }) => record)),
    revoke: (_visit, _principal, id) => {
      if (!this.devices.delete(id)) throw new ProtocolError("INVALID_REQUEST", "No such browser");
      return Promise.resolve();
    },
    revokeAll: () => {
      this.devices.clear();
      return Promise.resolve();
    },
  };

  readonly apiTokens: Services["apiTokens"] = {
    list: () => Promise.resolve([...this.tokens.values()]),
    create: (_visit, _principal, wanted) => {
      const id = this.#id("token");
      const record = { ...wanted, id, createdAtMs: Date.UTC(2026, 10, 20), lastUsedAtMs: null };
      this.tokens.set(id, record);
      return Promise.resolve({ record, token: `secret-of-${id}` });
    },
    revoke: (_visit, _principal, id) => {
      this.tokens.delete(id);
      return Promise.resolve();
    },
  };

  readonly audit: Services["audit"] = {
    list: (principal, { limit, cursor }) => {
      this.#mustOwn(principal);
      const from = cursor === null ? 0 : Number(cursor);
      const entries = this.log.slice(from, from + limit);
      const next = from + limit < this.log.length ? String(from + limit) : null;
      return Promise.resolve({ entries, next });
    },
  };

  readonly usage: Services["usage"] = {
    query: (_principal, { from, to, host }) => {
      const rows = this.usageRows.filter((row) =>
        from <= row.day && row.day <= to && (host === undefined || row.host === host)
      );
      return Promise.resolve({ rows, truncated: false });
    },
  };

  readonly push: Services["push"] = {
    publicKey: () =>
      Promise.resolve(
        "BPlxLayARwX_M0L67D0PzdylmKkRaMYGB6dZcW7a3IQKhc5Xyk-bcu1MkvSrN5yXK4Wsg0tk8jGz5ztZe-o9sD8",
      ),
    subscribe: (_visit, _principal, target) => {
      this.pushTargets.set(target.endpoint, target);
      return Promise.resolve();
    },
    unsubscribe: (_visit, _principal, endpoint) => {
      this.pushTargets.delete(endpoint);
      return Promise.resolve();
    },
    settings: () => Promise.resolve(this.pushSettings),
    saveSettings: (_visit, _principal, settings) => {
      this.pushSettings = settings;
      return Promise.resolve();
    },
  };

  readonly voice: Services["voice"] & { isReady: boolean } = {
    isReady: true,
    transcribe: async (principal, audio, { mediaType }) => {
      if (principal.role === "viewer") throw new ProtocolError("FORBIDDEN", "Cannot do that");
      return { text: await this.said(await new Response(audio).bytes(), mediaType) };
    },
  };

  /** Whom the account is linked with. */
  telegramLinked: TelegramState["linked"] = null;
  telegramSettings: TelegramSettings = {
    kinds: { done: "notify", waiting: "notify", failed: "notify", offline: "silent" },
    quiet: null,
    onlyWhenAway: true,
    progress: "brief",
  };
  readonly telegramChecks: TelegramCheck[] = [
    { name: "bot", state: "ok", text: "It answers as @chatcode_bot" },
    {
      name: "topics",
      state: "warn",
      text: "Private chats have no topics: all sessions share the chat",
      mend: "@BotFather: open its app, choose the bot, Bot Settings, turn on Threaded Mode",
    },
  ];
  /** What the bot was made to say. */
  readonly telegramSaid: string[] = [];
  readonly updates: unknown[] = [];
  /** Set to null for a relay without a bot. */
  telegram: Services["telegram"] = {
    state: () =>
      Promise.resolve({
        username: "chatcode_bot",
        linked: this.telegramLinked,
        settings: this.telegramSettings,
      }),
    pair: () =>
      Promise.resolve({
        url: `https://t.me/chatcode_bot?start=${"c".repeat(43)}`,
        expiresAtMs: Date.now() + 600_000,
      }),
    unlink: () => {
      this.telegramLinked = null;
      return Promise.resolve();
    },
    sayHello: () => {
      if (this.telegramLinked === null) {
        throw new ProtocolError("NOT_LINKED", "Cannot say it: nobody is linked");
      }
      this.telegramSaid.push("It works.");
      return Promise.resolve();
    },
    saveSettings: (_visit, _principal, settings) => {
      this.telegramSettings = settings;
      return Promise.resolve();
    },
    examine: (principal) => {
      this.#mustOwn(principal);
      return Promise.resolve(this.telegramChecks);
    },
    webhook: async ({ req }, bot) => {
      this.updates.push({ bot, update: await req.json() });
      return new Response(null, { status: 200 });
    },
  };

  #principal(headers: Headers): Principal | null {
    const [, id = ""] = new RegExp(`${COOKIE}=([^;]+)`).exec(headers.get("cookie") ?? "") ?? [];
    const device = this.devices.get(id);
    if (device === undefined) return null;
    return { account: "acc_1", name: device.role, role: device.role, browserSession: id };
  }

  #mustOwn(principal: Principal): void {
    if (principal.role === "owner") return;
    throw new ProtocolError("FORBIDDEN", "Cannot do that: only the owner may");
  }

  #host(id: HostId): HostRecord {
    const record = this.hostRecords.get(id);
    if (record === undefined) throw new ProtocolError("HOST_NOT_FOUND", "There is no such machine");
    return record;
  }

  #credentials(id: HostId, name: string, what: string) {
    const now = Date.UTC(2026, 10, 20, 9);
    this.hostRecords.set(id, { id, name, createdAtMs: now, tokenAtMs: now });
    this.log.unshift({ atMs: now, who: "owner", what, target: id, address: "127.0.0.1" });
    const token = `cgt_${id}_${"x".repeat(32)}`;
    const installCommand = `CHATCODE_GATEWAY_ID=${id} CHATCODE_CP_URL=${this.publicUrl.origin} ` +
      `CHATCODE_GATEWAY_AUTH_TOKEN=${token} deno task gateway run`;
    return { id, name, token, installCommand };
  }

  #id(prefix: string): string {
    return `${prefix}_${++this.#lastId}`;
  }
}

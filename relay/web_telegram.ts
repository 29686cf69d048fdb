import { type HostId, ProtocolError } from "@chatcode/protocol";
import type { Auth } from "./auth/auth.ts";
import type { Actor, Principal } from "./auth/principal.ts";
import type { Action } from "./auth/rights.ts";
import type { Telegram } from "./telegram/telegram.ts";
import type { TelegramService, Visit, WebPrincipal } from "./web_services.ts";

export interface WebTelegramParts {
  readonly telegram: Telegram;
  readonly auth: Auth;
  /** The relay's own principal, if it may. @throws ProtocolError FORBIDDEN */
  allow(principal: WebPrincipal, action: Action, host?: HostId): Principal;
  actor(visit: Visit, principal: Principal): Actor;
  /** @throws ProtocolError RATE_LIMITED */
  charge(visit: Visit): void;
}

/** What the relay's bot does for the web app. */
export function webTelegram(parts: WebTelegramParts): TelegramService {
  const { telegram, auth, allow, actor } = parts;
  const { chats, settings } = telegram;
  return {
    async state(principal) {
      const { account } = allow(principal, "telegram.change");
      const { state } = telegram;
      const link = await chats.linkOfAccount(account);
      const home = link && await chats.chat(link.home);
      return {
        username: state.state === "ready" ? state.me.username : null,
        linked: link && {
          name: link.name,
          linkedAtMs: link.linkedAtMs,
          group: home?.kind === "group" ? home.title : null,
          suspended: home?.suspended?.why ?? null,
        },
        settings: await settings.get(account),
      };
    },
    async pair(principal) {
      const { url, expiresAtMs } = await telegram.pair(allow(principal, "telegram.change"));
      return { url, expiresAtMs };
    },
    async unlink(visit, principal) {
      const own = allow(principal, "telegram.change");
      const link = await chats.linkOfAccount(own.account);
      if (link === null) return;
      await chats.unlink(own.account, (commit) => {
        const deed = { what: "telegram.unlink", target: String(link.user) } as const;
        auth.audit.add(commit, actor(visit, own), deed);
      });
    },
    async sayHello(principal) {
      await telegram.sayHello(allow(principal, "telegram.change"));
    },
    async saveSettings(visit, principal, wanted) {
      const own = allow(principal, "telegram.change");
      await settings.set(own.account, wanted, actor(visit, own));
    },
    async examine(principal) {
      allow(principal, "telegram.examine");
      return await telegram.examine();
    },
    async webhook(visit, bot) {
      if (bot !== String(telegram.botId)) return new Response(null, { status: 404 });
      const answer = await telegram.webhook(visit.req);
      if (answer.status !== 401) return answer; // who knows the secret is Telegram
      try {
        parts.charge(visit);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        return new Response(null, { status: 429 });
      }
      return answer;
    },
  };
}

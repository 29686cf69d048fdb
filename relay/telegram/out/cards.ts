import type { Clock, Log } from "@chatcode/kit";
import type { AgentId, Approval, ApprovalOutcome } from "@chatcode/protocol";
import { newId } from "../../auth/secret.ts";
import { prefixes, rows, type TelegramCardRow } from "../../kv/keys.ts";
import type { Commit, Store } from "../../kv/store.ts";
import { join } from "../format/mod.ts";
import type { Reader } from "./audience.ts";
import type { Calls } from "./calls.ts";
import { AGAIN_MS } from "./courier.ts";
import type { Lane } from "./lane.ts";
import { approvalButtons, approvalText, outcomeText, textItems } from "./messages.ts";
import type { Outbox } from "./outbox.ts";
import type { About } from "./topics.ts";

/** How long a card is kept, in milliseconds: a week. */
export const CARD_KEPT_MS = 7 * 24 * 3600_000;

/** Cards that are read at once. */
const MAX_CARDS = 10_000;

interface Parts {
  readonly store: Store;
  readonly outbox: Outbox;
  readonly calls: Calls;
  readonly clock: Clock;
  readonly log: Log;
  lane(chat: number): Lane;
  /** What an account is called. */
  nameOf(account: string): Promise<string | undefined>;
}

type OpenCard = Pick<TelegramCardRow, "id" | "chat" | "host" | "session" | "approval">;

/** Approvals as messages with buttons, which show how they ended when they have. */
export class Cards {
  readonly #parts: Parts;
  /** Those whose outcome is not known. */
  readonly #open = new Map<string, OpenCard>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Takes up the cards that were asked before a restart. */
  async load(): Promise<void> {
    const found = this.#parts.store.list(prefixes.telegramCards, { limit: MAX_CARDS });
    for await (const { value: card } of found) {
      if (card.outcome === null) this.#open.set(card.id, openCard(card));
      else this.#editSoon(card);
    }
  }

  /** The cards of a session that are open. */
  open({ host, session }: About): OpenCard[] {
    return [...this.#open.values()].filter((card) =>
      card.host === host && card.session === session
    );
  }

  /** Every open card. */
  all(): OpenCard[] {
    return [...this.#open.values()];
  }

  /** By the id in a button. */
  async find(id: string): Promise<TelegramCardRow | null> {
    return await this.#parts.store.get(rows.telegramCard(id));
  }

  /** Asks a reader, once. */
  async ask(
    { account, link, settings }: Reader,
    about: About,
    approval: Approval,
    words: { agent?: AgentId | undefined; title: string; machine: string },
  ): Promise<void> {
    const { clock, outbox } = this.#parts;
    const kind = settings.kinds.waiting;
    if (kind === "off") return;
    const chat = link.home;
    const id = newId("c");
    const items = textItems(
      { chat, about, group: approval.id },
      approvalText(approval, words),
      {
        priority: "approval",
        kind: "waiting",
        sound: kind === "notify",
        buttons: approvalButtons(id, approval.verdicts),
        document: { name: "approval.md", content: approvalDocument(approval) },
        empty: "The agent asks for leave",
      },
    );
    const at = items.findLastIndex(({ body }) => body.type === "text" && body.buttons.length > 0);
    const asking = items[at];
    if (asking === undefined) return;
    items[at] = { ...asking, card: id };
    const { text, entities } = asking.body;
    const card: TelegramCardRow = {
      id,
      account: account.id,
      chat,
      ...about,
      approval: approval.id,
      verdicts: approval.verdicts,
      message: null,
      text,
      entities,
      outcome: null,
      askedAtMs: clock.now(),
    };
    const mark = { chat, source: about.host, key: `approval ${approval.id}` };
    const added = await outbox.add(mark, items, {
      also: (commit) => void commit.set(rows.telegramCard(id), card, { expireInMs: CARD_KEPT_MS }),
      beyondBound: true,
    });
    if (added === "added") this.#open.set(id, openCard(card));
  }

  /** It is over: the message will say so, and have no buttons. */
  async close(id: string, outcome: ApprovalOutcome, by?: string): Promise<void> {
    const { nameOf, store } = this.#parts;
    const row = rows.telegramCard(id);
    const name = by === undefined ? undefined : await nameOf(by);
    const card = await store.update(row, (now, commit) => {
      if (now === null) return null;
      const closed = { ...now, outcome, ...(name !== undefined && { by: name }) };
      commit.set(row, closed, { expireInMs: CARD_KEPT_MS });
      return closed;
    });
    this.#open.delete(id);
    if (card !== null) this.#editSoon(card);
  }

  /** Whether a card that waits to be sent still asks something; one that does not is forgotten. */
  async isWanted(id: string): Promise<boolean> {
    const card = await this.find(id);
    if (card !== null && card.outcome === null) return true;
    if (card !== null) await this.#parts.store.delete(rows.telegramCard(id));
    return false;
  }

  /** Its message is there. */
  async sent(id: string, message: number, commit: Commit): Promise<void> {
    const row = rows.telegramCard(id);
    const { value, versionstamp } = await this.#parts.store.getEntry(row);
    if (value === null) return;
    const card = { ...value, message };
    commit.check(row, versionstamp).set(row, card, { expireInMs: CARD_KEPT_MS });
    // It may have ended while it was sent.
    this.#editSoon(card);
  }

  #editSoon({ id, chat }: Pick<TelegramCardRow, "id" | "chat">, afterMs = 0): void {
    const { clock, lane } = this.#parts;
    lane(chat).put(`card ${id}`, {
      priority: "approval",
      readyAtMs: clock.now() + afterMs,
      run: () => this.#edit(id),
    });
  }

  async #edit(id: string): Promise<void> {
    const { calls, log, store } = this.#parts;
    const card = await this.find(id);
    if (card === null || card.outcome === null || card.message === null) return;
    const { chat, message, outcome, by } = card;
    const { text, entities } = join(
      { text: card.text, entities: card.entities },
      "\n\n",
      outcomeText(outcome, by),
    );
    const edited = await calls.make(chat, (raw, signal) =>
      raw.editMessageText({
        chat_id: chat,
        message_id: message,
        text,
        entities,
        link_preview_options: { is_disabled: true },
      }, signal));
    // Edits may be repeated without harm.
    if (["limited", "later", "unknown"].includes(edited.state)) {
      return this.#editSoon(card, AGAIN_MS);
    }
    if (edited.state === "refused" && !["same", "message"].includes(edited.code)) {
      log.warn("telegram.card_not_edited", { chat, why: edited.why });
    }
    if (edited.state !== "shut" && edited.state !== "migrated") {
      await store.delete(rows.telegramCard(id));
    }
  }
}

function openCard({ id, chat, host, session, approval }: TelegramCardRow): OpenCard {
  return { id, chat, host, session, approval };
}

function approvalDocument({ tool, subject, diff, cwd }: Approval): string {
  return [tool, cwd, subject, diff].filter((part) => part !== undefined).join("\n\n");
}

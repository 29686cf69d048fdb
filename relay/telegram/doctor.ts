import type { TelegramCheck } from "@chatcode/protocol";
import type { UserFromGetMe, WebhookInfo } from "grammy/types";
import type { BotApi } from "./bot_api.ts";
import { callFailure } from "./bot_api.ts";
import type { Chats } from "./chats.ts";
import { ago, count } from "./words.ts";

/** How long Telegram may take for one question, in milliseconds. */
const QUESTION_MS = 8_000;

/** Groups that are looked at. */
const MAX_GROUPS = 10;

export interface DoctorParts {
  readonly bot: BotApi;
  readonly chats: Chats;
  /** Where Telegram is to call; `null`: it is asked. */
  readonly webhookUrl: string | null;
  /** Whether recordings can become text. */
  readonly hasVoice: boolean;
  /** Messages of which nobody knows whether they arrived. */
  readonly missing: number;
  readonly nowMs: number;
}

/** Looks at everything about the bot that can be wrong, by asking Telegram. Never throws. */
export async function examineBot(parts: DoctorParts): Promise<TelegramCheck[]> {
  const { bot, webhookUrl, hasVoice } = parts;
  const signal = AbortSignal.timeout(QUESTION_MS) as Parameters<typeof bot.api.getMe>[0];
  let me: UserFromGetMe;
  try {
    me = await bot.api.getMe(signal);
  } catch (error) {
    return [unreachable(error)];
  }
  const webhook = await bot.api.getWebhookInfo(signal).then(
    (info) => webhookChecks(info, webhookUrl, parts.nowMs),
    (error: unknown) => [unreachable(error)],
  );
  return [
    { name: "bot", state: "ok", text: `It answers as @${me.username}` },
    ...webhook,
    threadedMode(me),
    privacy(me),
    ...await people(parts),
    ...await groups(parts, signal),
    ...parts.missing === 0 ? [] : [{
      name: "missing",
      state: "warn" as const,
      text: `${count(parts.missing, "message")} may not have arrived in the last week`,
    }],
    hasVoice ? { name: "voice", state: "ok", text: "Voice messages become text" } : {
      name: "voice",
      state: "warn",
      text: "Voice messages are not understood",
      mend: "Set CHATCODE_STT_URL to a transcription endpoint",
    },
  ];
}

function unreachable(error: unknown): TelegramCheck {
  const why = callFailure(error);
  const refused = /: 401 |: 404 /.test(why);
  return {
    name: "bot",
    state: "bad",
    text: refused ? "Telegram does not know the token" : `Telegram cannot be reached: ${why}`,
    mend: refused
      ? "Ask @BotFather for the bot's token (/mybots, API Token) and give it to the relay"
      : "The relay must reach api.telegram.org by HTTPS",
  };
}

function webhookChecks(
  info: WebhookInfo,
  wanted: string | null,
  nowMs: number,
): TelegramCheck[] {
  const { url = "", pending_update_count: pending, last_error_date, last_error_message } = info;
  const checks: TelegramCheck[] = [];
  if (wanted === null) {
    checks.push(
      url === "" ? { name: "updates", state: "ok", text: "The relay asks Telegram for updates" } : {
        name: "updates",
        state: "bad",
        text: "Another program has taken the bot: a webhook is set that is not ours",
        mend: "Give this relay a bot of its own, or stop the other program and restart the relay",
      },
    );
  } else if (url !== wanted) {
    checks.push({
      name: "updates",
      state: "bad",
      text: url === ""
        ? "Telegram has no webhook for the bot"
        : `Telegram calls ${originOf(url)} instead of this relay`,
      mend: "Restart the relay, which sets it. If it is gone again, another program uses the bot",
    });
  } else {
    checks.push({ name: "updates", state: "ok", text: `Telegram calls ${originOf(url)}` });
  }
  if (last_error_date !== undefined && nowMs - last_error_date * 1_000 < 3600_000) {
    checks.push({
      name: "webhook",
      state: "warn",
      text: `Telegram could not deliver ${ago(last_error_date * 1_000, nowMs)}: ${
        last_error_message ?? "no reason given"
      }`,
      mend: "The public URL must be reachable from the internet, with a valid certificate",
    });
  }
  if (pending > 100) {
    checks.push({ name: "backlog", state: "warn", text: `${pending} updates wait at Telegram` });
  }
  return checks;
}

function threadedMode({ has_topics_enabled }: UserFromGetMe): TelegramCheck {
  return has_topics_enabled
    ? { name: "topics", state: "ok", text: "Each session gets a topic in the private chat" }
    : {
      name: "topics",
      state: "warn",
      text: "Private chats have no topics: all sessions share the chat",
      mend: "@BotFather: open its app, choose the bot, Bot Settings, turn on Threaded Mode",
    };
}

function privacy({ can_join_groups, can_read_all_group_messages }: UserFromGetMe): TelegramCheck {
  if (!can_join_groups) {
    return { name: "groups", state: "ok", text: "The bot is not let into groups" };
  }
  return {
    name: "groups",
    state: "ok",
    text: can_read_all_group_messages
      ? "In groups the bot reads every message"
      : "In groups the bot reads what is written to it, and all where it is an administrator",
  };
}

async function people({ chats }: DoctorParts): Promise<TelegramCheck[]> {
  const links = await chats.links();
  if (links.length === 0) {
    return [{
      name: "people",
      state: "warn",
      text: "Nobody is linked",
      mend: "Settings → Telegram in the browser",
    }];
  }
  const gone = (await chats.chats()).filter(({ suspended }) => suspended !== null);
  return [
    { name: "people", state: "ok", text: `${count(links.length, "account")} linked` },
    ...gone.map(({ title, suspended }): TelegramCheck => ({
      name: "chat",
      state: "warn",
      text: `"${title}" gets no messages: ${suspended?.why}`,
      mend: "Start the bot again in that chat, or let it in",
    })),
  ];
}

async function groups(
  { bot, chats }: DoctorParts,
  signal: Parameters<BotApi["api"]["getMe"]>[0],
): Promise<TelegramCheck[]> {
  const found = (await chats.chats()).filter(({ kind, suspended }) =>
    kind === "group" && suspended === null
  );
  return await Promise.all(
    found.slice(0, MAX_GROUPS).map(async (group): Promise<TelegramCheck> => {
      const name = "group";
      const mend = "Make the bot an administrator there who may manage topics";
      try {
        const member = await bot.api.getChatMember(group.id, bot.botId, signal);
        return member.status === "administrator" && member.can_manage_topics === true
          ? { name, state: "ok", text: `"${group.title}": the bot may manage topics` }
          : { name, state: "bad", text: `"${group.title}": the bot may not manage topics`, mend };
      } catch (error) {
        return { name, state: "bad", text: `"${group.title}": ${callFailure(error)}`, mend };
      }
    }),
  );
}

/** A webhook's path holds nothing secret, and is of no interest either. */
function originOf(url: string): string {
  return URL.parse(url)?.origin ?? "another address";
}

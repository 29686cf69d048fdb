import type { Session } from "@chatcode/protocol";
import { bold, code, join, plain, telegramUrl } from "../../format/mod.ts";
import { short, stateInWords, statusSign } from "../../words.ts";
import type { Asked } from "../asked.ts";
import type { BotParts } from "../bot_parts.ts";
import { callbackData } from "../callback_data.ts";
import type { Button, Said } from "../replies.ts";
import { sessionRef } from "../session_ref.ts";

/** A button that opens a page of the relay; none where Telegram takes no such address. */
export function pageButton({ publicUrl }: BotParts, text: string, path: string): Button[] {
  const url = telegramUrl(new URL(path, publicUrl).href);
  return url === undefined ? [] : [{ text, url }];
}

export function sessionPath({ host, id }: Pick<Session, "host" | "id">): string {
  return `/s/${host}/${id}`;
}

/** One session as it is now, and what can be done with it. */
export async function sessionCard(
  asked: Asked,
  session: Session,
  bot: BotParts,
  options: { list?: boolean } = {},
): Promise<Said> {
  const machine = bot.operations.hosts(asked.principal).find(({ id }) => id === session.host);
  const ref = await sessionRef({ host: session.host, session: session.id });
  const asks = session.approvals?.at(-1);
  const lines = [
    join(statusSign(session), " ", bold(session.title)),
    plain(stateInWords(session, bot.clock.now())),
    join(`${machine?.name ?? "unknown machine"}, `, code(session.cwd)),
    ...asks ? [join(`Asks: ${asks.tool} `, code(short(asks.subject, 300)))] : [],
  ];
  const isBusy = session.status === "working" || session.status === "waiting";
  const talk: Button[] = asked.topic === null
    ? [{ text: "💬 Talk to it", data: callbackData("s", "t", ref) }]
    : [];
  const stop: Button[] = isBusy
    ? [{ text: "✋ Stop what it does", data: callbackData("s", "x", ref) }]
    : [];
  const list: Button[] = options.list === true
    ? [{ text: "« All sessions", data: callbackData("s", "p", 0) }]
    : [];
  const rows = [
    [...talk, ...pageButton(bot, "Open in the browser", sessionPath(session))],
    stop,
    [...list, { text: "End it…", data: callbackData("s", "e", ref) }],
  ];
  return {
    rich: join(...lines.flatMap((line, at) => at === 0 ? [line] : ["\n", line])),
    buttons: rows.filter((row) => row.length > 0),
  };
}

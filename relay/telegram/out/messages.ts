import type { AgentId, Approval, ApprovalOutcome, Turn } from "@chatcode/protocol";
import type { TelegramItemRow } from "../../kv/keys.ts";
import {
  bold,
  chunks,
  code,
  italic,
  join,
  plain,
  pre,
  type RichText,
  richText,
} from "../format/mod.ts";
import { isAhead, type NewItem } from "./item.ts";
import { JOINED_ENTITIES, JOINED_UNITS } from "./lane.ts";

/** Messages that one text becomes at most; a longer one is the first of them and a document. */
export const MAX_CHUNKS = 4;

/** Less than Telegram takes, so that a session's name or a heading can still come before it. */
const LIMITS = { units: JOINED_UNITS, entities: JOINED_ENTITIES };

/** The agents that we know more of than their gateway tells. */
const AGENTS: ReadonlyMap<AgentId, string> = new Map([
  ["claude", "Claude Code"],
  ["codex", "Codex"],
  ["gemini", "Gemini CLI"],
  ["opencode", "OpenCode"],
]);

/** What all messages about one thing share. */
export type Envelope = Pick<NewItem, "chat" | "about" | "group">;

type Button = Extract<TelegramItemRow["body"], { type: "text" }>["buttons"][number][number];

/** The end of an exchange, as the messages that it becomes. */
export function endItems(
  envelope: Envelope,
  turn: Extract<Turn, { kind: "final" | "error" }>,
  { open, sound, files = [] }: {
    open?: string | undefined;
    sound: boolean;
    /** For what it names. */
    files?: TextOptions["buttons"] | undefined;
  },
): NewItem[] {
  const isFinal = turn.kind === "final";
  const text = isFinal ? richText(turn.text) : join(bold("⚠️ Failed"), "\n\n", richText(turn.text));
  const notice = turn.cut === true
    ? join("\n\n", italic("Cut here: the session has the rest."))
    : "";
  return textItems(envelope, join(text, notice), {
    priority: "final",
    kind: isFinal ? "done" : "failed",
    sound,
    buttons: [...files, ...(open === undefined ? [] : [[{ text: "Open the session", url: open }]])],
    document: { name: "answer.md", content: turn.text },
    empty: isFinal ? "✅ Done, without a word." : "⚠️ Failed, without a word.",
  });
}

export interface TextOptions {
  readonly priority: NewItem["priority"];
  readonly kind: NewItem["kind"];
  readonly sound: boolean;
  /** The message that it answers. */
  readonly to?: number | undefined;
  readonly buttons: readonly (readonly Button[])[];
  /** What is sent whole if the text is too long for messages. */
  readonly document: { readonly name: string; readonly content: string };
  /** What is said if there is no text. */
  readonly empty: string;
}

/** The first makes the sound; the last has the buttons. */
export function textItems(envelope: Envelope, text: RichText, options: TextOptions): NewItem[] {
  const { priority, kind, sound, to, document, empty } = options;
  const buttons = options.buttons.map((line) => [...line]);
  const parts = chunks(text, LIMITS);
  const textItem = (rich: RichText, isFirst: boolean, isLast: boolean): NewItem => ({
    ...envelope,
    priority,
    kind,
    sound: sound && isFirst,
    ...(isFirst && to !== undefined && { to }),
    body: { type: "text", ...rich, buttons: isLast ? buttons : [] },
  });
  if (parts.length === 0) return [textItem(plain(empty), true, true)];
  if (parts.length <= MAX_CHUNKS) {
    return parts.map((part, at) => textItem(part, at === 0, at === parts.length - 1));
  }
  const caption = plain("The whole text");
  return [textItem(parts[0]!, true, true), {
    ...envelope,
    priority: isAhead({ priority }) ? priority : "file",
    kind,
    sound: false,
    body: { type: "document", ...caption, ...document },
  }];
}

/** What an agent asks leave for: the whole command, where, and for which session. */
export function approvalText(
  { tool, subject, diff, cwd }: Approval,
  { agent, title, machine }: { agent?: AgentId | undefined; title: string; machine: string },
): RichText {
  return join(
    bold(`🔐 ${agent ? AGENTS.get(agent) ?? agent : "The agent"} asks for leave: ${tool}`),
    `\n${title} · ${machine}`,
    ...(cwd === undefined ? [] : ["\n", code(cwd)]),
    "\n\n",
    pre(subject),
    ...(diff === undefined ? [] : ["\n\n", pre(diff, "diff")]),
  );
}

const ANSWERS = { allow: "y", "allow-session": "s", deny: "n" } as const;
const LABELS = {
  allow: "✅ Allow",
  "allow-session": "✅ Allow all alike",
  deny: "⛔ Deny",
} as const;

/** As `bot` reads it back: `a:<card>:<y|s|n>`; within Telegram's 64 bytes. */
export function approvalButtons(card: string, verdicts: Approval["verdicts"]): Button[][] {
  return verdicts.map((
    verdict,
  ) => [{ text: LABELS[verdict], data: `a:${card}:${ANSWERS[verdict]}` }]);
}

export const VERDICTS = { y: "allow", s: "allow-session", n: "deny" } as const;

/** How an approval ended, in a line. */
export function outcomeText(outcome: ApprovalOutcome, by: string | undefined): RichText {
  switch (outcome) {
    case "allowed":
      return bold(by === undefined ? "✅ Approved" : `✅ Approved by ${by}`);
    case "denied":
      return bold(by === undefined ? "⛔ Denied" : `⛔ Denied by ${by}`);
    case "elsewhere":
      return bold("↪️ Answered elsewhere");
    case "expired":
      return bold("⌛ Expired");
    default:
      return outcome satisfies never;
  }
}

import type { AgentId } from "@chatcode/protocol";
import { isLoose, listOf, type Loose, loose, textOf } from "../../gateway/agents/loose.ts";

const CONTEXT = "<session_context>";

/**
 * What a transcript's records hold of a conversation, in their order: the ids under which a follower
 * must tell it. Written apart from the product's own readers, for the records that conversations
 * with the fake model leave.
 */
export const WRITTEN: Readonly<Record<AgentId, (records: readonly unknown[]) => string[]>> = {
  claude: (records) => unique(records.map(loose).flatMap(claudeIds)),
  codex: (records) => unique(records.map(loose).flatMap(codexIds)),
  gemini: (records) => unique(originals(records.map(loose)).flatMap(geminiIds)),
  opencode: (records) => opencodeIds(records.map(loose)),
};

function claudeIds({ type, uuid, isMeta, message }: Loose): string[] {
  const { content } = loose(message);
  const id = textOf(uuid);
  if (type === "user") {
    const text = firstText(content);
    return text !== "" && isMeta !== true && !text.startsWith("<") ? [id] : [];
  }
  if (type !== "assistant") return [];
  return listOf(content).map(loose).map((part) => part.type === "tool_use" ? textOf(part.id) : id);
}

function codexIds({ type, payload }: Loose): string[] {
  const event = loose(payload);
  if (type === "response_item") {
    return event.type === "function_call" ? [textOf(event.call_id)] : [];
  }
  if (type !== "event_msg") return [];
  const item = loose(event.item);
  switch (event.type) {
    case "item_completed":
      return /^(User|Agent)Message$/.test(textOf(item.type)) ? [textOf(item.id)] : [];
    case "turn_aborted":
      return [`interrupted:${event.turn_id}`];
    case "task_complete":
      return isLoose(event.error) ? [`error:${event.turn_id}`] : [];
    default:
      return [];
  }
}

/** Without the copy that Gemini makes of its history after an interruption, context first. */
function originals(records: readonly Loose[]): Loose[] {
  let isCopy = false;
  return records.filter((record) => {
    if (firstText(record.content).startsWith(CONTEXT)) isCopy = true;
    if (listOf(loose(record.$set).messages).length > 0) isCopy = false;
    return !isCopy;
  });
}

function geminiIds({ id, type, content, toolCalls }: Loose): string[] {
  const text = firstText(content);
  switch (type) {
    case "user":
      return text === "" || text.startsWith(CONTEXT) ? [] : [textOf(id)];
    case "gemini":
      return [
        ...text === "" ? [] : [textOf(id)],
        ...listOf(toolCalls).map((call) => textOf(loose(call).id)),
      ];
    case "error":
      return [textOf(id)];
    case "info":
      return text === "Request cancelled." ? [textOf(id)] : [];
    default:
      return [];
  }
}

function opencodeIds(rows: readonly Loose[]): string[] {
  return rows.filter(({ table }) => table === "message").flatMap(({ id, data }) => {
    const parts = rows.filter((row) => row.table === "part" && row.message_id === id);
    const said = parts.filter((part) => /^(text|tool)$/.test(textOf(loose(part.data).type)));
    const { error } = loose(data);
    const kind = loose(error).name === "MessageAbortedError" ? "interrupted" : "error";
    return [...said.map((part) => textOf(part.id)), ...isLoose(error) ? [`${kind}:${id}`] : []];
  });
}

function firstText(content: unknown): string {
  return typeof content === "string" ? content : textOf(loose(listOf(content)[0]).text);
}

function unique(ids: readonly string[]): string[] {
  return [...new Set(ids)];
}

import type { Turn } from "@chatcode/protocol";
import { hunksDiff, replaceDiff } from "../diff.ts";
import type { ToolEnd } from "../exchange.ts";
import { ExchangeReader } from "../exchange_reader.ts";
import { typedText } from "../injected.ts";
import { countOf, listOf, type Loose, loose, textOf, timeOf } from "../loose.ts";
import { relativePath, textIn, toolOutput, toolSummary } from "../tool_text.ts";

/** Records that say nothing about the conversation itself. */
const IGNORED = new Set([
  "agent-name",
  "agent-setting",
  "ai-title",
  "api-request",
  "api-request-blob",
  "api-request-shape",
  "atis-latch",
  "cost-state",
  "custom-title",
  "file-history-delta",
  "file-history-snapshot",
  "last-prompt",
  "mode",
  "permission-mode",
  "pr-link",
  "progress",
  "queue-operation",
  "summary",
  "tag",
  "tools-used",
]);
/** Reasons for which the model stopped though it goes on. */
const GOES_ON = new Set(["", "tool_use", "pause_turn"]);
const REFUSED = "The user doesn't want to proceed with this tool use";

/** Reads `~/.claude/projects/<folder>/<session>.jsonl`, as of Claude Code 2.1.329. */
export class ClaudeReader extends ExchangeReader {
  /** The message whose text was told last, while nothing but text followed. */
  #said: { messageId: string; turnId: string; atMs: number; text: string } | undefined;

  protected override read(record: Loose): Turn[] | undefined {
    this.conversationId ??= textOf(record.sessionId) || undefined;
    this.folder ??= textOf(record.cwd) || undefined;
    const type = textOf(record.type);
    switch (type) {
      case "user":
        return this.#readUser(record);
      case "assistant":
        return this.#readAssistant(record);
      case "system":
        return this.#readSystem(record);
      case "attachment":
        return this.#readAttachment(record);
      default:
        return IGNORED.has(type) ? [] : undefined;
    }
  }

  #readUser(record: Loose): Turn[] {
    if (record.isSidechain === true) return [];
    const { content } = loose(record.message);
    const results = listOf(content).map(loose).filter((part) => part.type === "tool_result");
    const turns = results.flatMap((part) => this.#endTool(part, record));
    const text = textIn(content);
    if (isInterruption(record, text)) {
      this.#said = undefined;
      return [...turns, ...this.exchange.interrupt(idOf(record), timeOf(record.timestamp))];
    }
    return results.length > 0 || !isTyped(record) ? turns : this.#readPrompt(record, content);
  }

  #readPrompt(record: Loose, content: unknown): Turn[] {
    this.#said = undefined;
    const [id, atMs] = [idOf(record), timeOf(record.timestamp)];
    const written = textIn(content);
    const command = localCommand(written);
    // A command that Claude Code answers by itself opens no exchange.
    if (command !== undefined) {
      if (command === "") return [];
      return this.exchange.book.tell({ kind: "prompt", id, atMs, text: command });
    }
    const typed = typedText(written);
    const images = listOf(content).filter((part) => loose(part).type === "image");
    const text = [typed, ...images.map(() => "[image]")].filter((part) => part !== "").join("\n");
    return text === "" ? [] : this.exchange.prompt(id, atMs, text);
  }

  #readAssistant(record: Loose): Turn[] {
    const message = loose(record.message);
    const atMs = timeOf(record.timestamp);
    if (record.isApiErrorMessage === true) {
      this.#said = undefined;
      return this.exchange.fail(idOf(record), atMs, textIn(message.content));
    }
    if (message.model === "<synthetic>") return [];
    const turns = this.#readUsage(message, atMs);
    if (record.isSidechain === true) return turns;
    for (const part of listOf(message.content).map(loose)) {
      turns.push(...this.#readBlock(part, message, record, atMs));
    }
    return turns;
  }

  #readBlock(part: Loose, message: Loose, record: Loose, atMs: number): Turn[] {
    switch (part.type) {
      case "text":
        return this.#readText(textOf(part.text), message, idOf(record), atMs);
      case "tool_use":
      case "server_tool_use":
        this.#said = undefined;
        return this.exchange.startTool({
          id: textOf(part.id),
          atMs,
          name: textOf(part.name),
          summary: toolSummary(loose(part.input), textOf(record.cwd) || this.folder),
        });
      default: {
        const finished = textOf(part.tool_use_id);
        return finished === "" ? [] : this.exchange.endTool(finished, { ok: true });
      }
    }
  }

  #readText(text: string, message: Loose, recordId: string, atMs: number): Turn[] {
    if (text.trim() === "") return [];
    const messageId = textOf(message.id);
    // Blocks of one message that only text lies between are one text.
    const before = this.#said?.messageId === messageId ? this.#said : undefined;
    const said = before === undefined
      ? { messageId, turnId: recordId, atMs, text }
      : { ...before, text: `${before.text}\n\n${text}` };
    this.#said = said;
    const final = !GOES_ON.has(textOf(message.stop_reason));
    return this.exchange.say(said.turnId, said.atMs, said.text, final);
  }

  #readUsage(message: Loose, atMs: number): Turn[] {
    const usage = loose(message.usage);
    const id = textOf(message.id);
    if (id === "") return [];
    return this.exchange.use(`usage:${id}`, atMs, {
      model: textOf(message.model),
      // What is written to the cache was read in full by the model: input, not cached input.
      input: countOf(usage.input_tokens) + countOf(usage.cache_creation_input_tokens),
      cachedInput: countOf(usage.cache_read_input_tokens),
      output: countOf(usage.output_tokens),
    });
  }

  #endTool(part: Loose, record: Loose): Turn[] {
    this.#said = undefined;
    const cwd = textOf(record.cwd) || this.folder;
    return this.exchange.endTool(textOf(part.tool_use_id), toolEnd(part, record, cwd));
  }

  #readSystem(record: Loose): Turn[] {
    if (record.isSidechain === true) return [];
    if (record.subtype === "turn_duration") {
      this.#said = undefined;
      return this.exchange.end();
    }
    const command = record.subtype === "local_command" ? localCommand(textOf(record.content)) : "";
    if (!command) return [];
    const atMs = timeOf(record.timestamp);
    return this.exchange.book.tell({ kind: "prompt", id: idOf(record), atMs, text: command });
  }

  /** A prompt that was typed while Claude worked comes as an attachment. */
  #readAttachment(record: Loose): Turn[] {
    const attachment = loose(record.attachment);
    if (attachment.type !== "queued_command" || record.isSidechain === true) return [];
    const mode = textOf(attachment.commandMode) || "prompt";
    if (mode !== "prompt" || !isTyped({ ...record, ...attachment })) return [];
    return this.#readPrompt(record, attachment.prompt);
  }
}

function idOf(record: Loose): string {
  return textOf(record.uuid) || textOf(loose(record.message).id) || "record";
}

function isInterruption(record: Loose, text: string): boolean {
  return textOf(record.interruptedMessageId) !== "" ||
    (record.origin === undefined && /^\[Request interrupted by user[^\]]*\]$/.test(text.trim()));
}

/** Whether a person typed it; everything else with the user's role is context. */
function isTyped(record: Loose): boolean {
  const notTyped = [
    "isMeta",
    "isCompactSummary",
    "isVisibleInTranscriptOnly",
    "textNotTyped",
  ];
  if (notTyped.some((flag) => record[flag] === true)) return false;
  const origin = loose(record.origin).kind;
  return origin === undefined || origin === "human";
}

/** A slash command or a `!` command, as it was typed; empty for what such a command printed. */
function localCommand(text: string): string | undefined {
  const name = /<command-name>([^<]*)<\/command-name>/.exec(text)?.[1]?.trim();
  if (name) {
    const args = /<command-args>([\s\S]*?)<\/command-args>/.exec(text)?.[1]?.trim() ?? "";
    return args === "" ? name : `${name} ${args}`;
  }
  const shell = /^<bash-input>([\s\S]*)<\/bash-input>$/.exec(text.trim())?.[1];
  if (shell !== undefined) return `!${shell.trim()}`;
  return /^\s*<bash-std(out|err)>/.test(text) ? "" : undefined;
}

function toolEnd(part: Loose, record: Loose, cwd: string | undefined): ToolEnd {
  const output = textIn(part.content);
  const refused = textOf(record.toolDenialKind) !== "" || output.startsWith(REFUSED);
  // The vendor's words to the model stay here.
  if (refused) return { ok: false, output: "Rejected by the user" };
  return {
    ok: part.is_error !== true,
    output: toolOutput(typedText(output)),
    diff: changeOf(loose(record.toolUseResult), cwd),
  };
}

function changeOf(result: Loose, cwd: string | undefined): string | undefined {
  const path = relativePath(textOf(result.filePath), cwd);
  if (path === "") return undefined;
  const hunks = listOf(result.structuredPatch);
  if (hunks.length > 0) return hunksDiff(path, hunks);
  return result.type === "create" ? replaceDiff(path, "", textOf(result.content)) : undefined;
}

import type { Turn } from "@chatcode/protocol";
import { ExchangeReader } from "../exchange_reader.ts";
import { typedText } from "../injected.ts";
import { countOf, isLoose, listOf, type Loose, loose, textOf, timeOf } from "../loose.ts";
import { errorText, oneLine, textIn, toolOutput, toolSummary } from "../tool_text.ts";

/** Files named by `@path` follow the prompt, behind this line. */
const REFERENCED = /\n?--- Content from referenced files ---[\s\S]*$/;
const CONTEXT = "<session_context>";
/** How long a history takes to be written anew, by the records' times, in milliseconds. */
const REWRITE_MS = 1_000;
const UNTRUSTED = /^<untrusted_context>\n?([\s\S]*?)\n?<\/untrusted_context>$/;

/** Reads `~/.gemini/tmp/<folder>/chats/session-<time>-<id>.jsonl`, as of Gemini CLI 0.61.0. */
export class GeminiReader extends ExchangeReader {
  /** Until when, by their times, records are old messages under new ids. */
  #rewriteUntilMs = 0;

  /** Nothing on disk ends an exchange but the next prompt: `finish()` is for the AfterAgent hook. */
  protected override read(record: Loose): Turn[] | undefined {
    if (isLoose(record.$set)) {
      this.#readHeader(record.$set);
      const messages = listOf(record.$set.messages).map(loose);
      const turns = messages.flatMap((message) => this.#readMessage(message) ?? []);
      // The whole list ends the writing anew: a prompt may follow at once.
      if (messages.length > 0) this.#rewriteUntilMs = 0;
      return turns;
    }
    if (typeof record.$rewindTo === "string") return [];
    if (typeof record.projectHash === "string") {
      this.#readHeader(record);
      return listOf(record.messages).flatMap((message) => this.#readMessage(loose(message)) ?? []);
    }
    return this.#readMessage(record);
  }

  #readHeader(header: Loose): void {
    this.conversationId ??= textOf(header.sessionId) || undefined;
    this.folder ??= textOf(listOf(header.directories)[0]) || undefined;
  }

  #readMessage(message: Loose): Turn[] | undefined {
    const id = textOf(message.id);
    if (id === "") return undefined;
    const atMs = timeOf(message.timestamp);
    if (this.#isRewritten(message, id, atMs)) return [];
    switch (message.type) {
      case "user":
        return this.#readPrompt(message, id, atMs);
      case "gemini":
        return this.#readAnswer(message, id, atMs);
      case "error":
        return this.exchange.fail(id, atMs, errorText(textIn(message.content)));
      case "info":
        return textIn(message.content) === "Request cancelled."
          ? this.exchange.interrupt(id, atMs)
          : [];
      default:
        return textOf(message.type) === "" ? undefined : [];
    }
  }

  /**
   * After an interruption the history is written once more, with new ids: first the context that
   * begins every conversation, then each message, within a moment.
   */
  #isRewritten(message: Loose, id: string, atMs: number): boolean {
    const [first] = listOf(message.content).map(loose);
    if (message.type === "user" && textOf(first?.text).startsWith(CONTEXT)) {
      if (this.exchange.begins > 0) this.#rewriteUntilMs = atMs + REWRITE_MS;
      return true;
    }
    const isTalk = message.type === "user" || message.type === "gemini";
    const isNew = this.exchange.book.kindOf(id) === undefined &&
      this.exchange.book.kindOf(`usage:${id}`) === undefined;
    return isTalk && isNew && !isLoose(message.tokens) && listOf(message.toolCalls).length === 0 &&
      atMs <= this.#rewriteUntilMs;
  }

  #readPrompt(message: Loose, id: string, atMs: number): Turn[] {
    const parts = listOf(message.content).map(loose);
    if (parts.some((part) => part.functionResponse !== undefined)) return [];
    if (this.exchange.book.kindOf(id) !== undefined) return [];
    const shown = textIn(message.displayContent) || textIn(message.content);
    const text = typedText(shown.replace(REFERENCED, ""));
    return text.trim() === "" ? [] : [
      // Prompts wait until the agent is done, so what it said before was its last word.
      ...this.exchange.end(),
      ...this.exchange.prompt(id, atMs, text),
    ];
  }

  #readAnswer(message: Loose, id: string, atMs: number): Turn[] {
    const text = textIn(message.content);
    const turns = text.trim() === "" ? [] : this.exchange.say(id, atMs, text);
    for (const call of listOf(message.toolCalls).map(loose)) turns.push(...this.#readCall(call));
    turns.push(...this.#readUsage(message, id, atMs));
    return turns;
  }

  #readCall(call: Loose): Turn[] {
    const id = textOf(call.id);
    if (id === "") return [];
    const args = loose(call.args);
    const summary = toolSummary(args, this.folder) || oneLine(textOf(call.description));
    const tool = { id, atMs: timeOf(call.timestamp), name: textOf(call.name), summary };
    const started = this.exchange.startTool(tool);
    const ended = endOf(call);
    if (ended === undefined) return started;
    // Calls are told when they are over: one telling is enough.
    return this.exchange.endTool(id, ended);
  }

  #readUsage(message: Loose, id: string, atMs: number): Turn[] {
    if (!isLoose(message.tokens)) return [];
    const { tokens } = message;
    const input = countOf(tokens.input);
    const cachedInput = Math.min(countOf(tokens.cached), input);
    return this.exchange.use(`usage:${id}`, atMs, {
      model: textOf(message.model) || "unknown",
      input: input - cachedInput + countOf(tokens.tool),
      cachedInput,
      // Thoughts are output that is counted apart.
      output: countOf(tokens.output) + countOf(tokens.thoughts),
    });
  }
}

function endOf(call: Loose): { ok: boolean; output?: string; diff?: string } | undefined {
  const display = loose(call.resultDisplay);
  const diff = textOf(display.fileDiff);
  switch (call.status) {
    case "success":
      return { ok: true, output: outputOf(call), ...(diff !== "" && { diff }) };
    case "error":
      return { ok: false, output: outputOf(call) };
    case "cancelled":
      return { ok: false, output: "Rejected by the user" };
    default:
      return undefined;
  }
}

function outputOf(call: Loose): string {
  const answers = listOf(call.result).map((part) =>
    loose(loose(loose(part).functionResponse).response)
  );
  const text = answers.map((answer) => textOf(answer.output) || textOf(answer.error)).join("\n");
  const inner = UNTRUSTED.exec(text.trim())?.[1] ?? text;
  return toolOutput(inner.replace(/^Output: /, "").replace(/\nProcess Group PGID: \d+\s*$/, ""));
}

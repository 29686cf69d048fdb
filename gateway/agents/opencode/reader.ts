import type { Turn } from "@chatcode/protocol";
import { ExchangeReader } from "../exchange_reader.ts";
import { typedText } from "../injected.ts";
import { countOf, isLoose, type Loose, loose, textOf, timeOf } from "../loose.ts";
import { errorText, oneLine, toolOutput, toolSummary } from "../tool_text.ts";

interface Message {
  readonly id: string;
  readonly role: string;
  readonly createdAtMs: number;
  /** Its last text as told, when the model stopped with this message. */
  stopped: boolean;
  lastText: Text | undefined;
  /** A text that was not whole when it was looked at. */
  unfinished: Text | undefined;
  /** Tools behind that text, with their parts' ids. */
  readonly held: [string, Loose][];
}

interface Text {
  readonly partId: string;
  readonly atMs: number;
  readonly text: string;
}

/** Messages whose parts may still come, and parts whose message has not come; oldest go first. */
const MAX_MESSAGES = 512;
const MAX_WAITING = 512;
const MAX_HELD = 64;
/** Reasons for which a message ended though the exchange goes on. */
const GOES_ON = new Set(["", "tool-calls", "unknown"]);
const RUNNING_REV = 1;

/**
 * Reads rows of OpenCode 1.18.33's tables `session`, `message` and `part`, each with its table's
 * name as `table` and its `data` parsed. A message that has ended comes behind its parts, or all
 * messages come first. Rows come again whenever they change, so revs follow from what a row says,
 * not from how often it was seen.
 */
export class OpenCodeReader extends ExchangeReader {
  readonly #messages = new Map<string, Message>();
  readonly #waiting = new Map<string, Loose[]>();
  #waitingCount = 0;

  protected override read(row: Loose): Turn[] | undefined {
    const session = textOf(row.table === "session" ? row.id : row.session_id);
    if (session !== "") {
      this.conversationId ??= session;
      // Another session's row, such as a subagent's.
      if (session !== this.conversationId) return [];
    }
    switch (row.table) {
      case "session":
        this.folder ??= textOf(row.directory) || undefined;
        return [];
      case "message":
        return this.#readMessage(row, loose(row.data));
      case "part":
        return this.#readPart(row);
      default:
        return undefined;
    }
  }

  #readMessage(row: Loose, data: Loose): Turn[] {
    const id = textOf(row.id) || `after:${textOf(data.parentID)}`;
    const message = this.#messages.get(id) ?? this.#remember(id, row, data);
    this.folder ??= textOf(loose(data.path).cwd) || undefined;
    const waiting = this.#waiting.get(id) ?? [];
    this.#waiting.delete(id);
    this.#waitingCount -= waiting.length;
    const turns = waiting.flatMap((part) => this.#readPartOf(message, part));
    if (message.role !== "assistant") return turns;
    turns.push(...this.#readUsage(message, data), ...this.#readEnd(message, data));
    return turns;
  }

  #remember(id: string, row: Loose, data: Loose): Message {
    const message = {
      id,
      // What OpenCode writes to shorten a conversation is nobody's message.
      role: data.summary === true ? "summary" : textOf(data.role),
      createdAtMs: timeOf(row.time_created) || timeOf(loose(data.time).created),
      stopped: false,
      lastText: undefined,
      unfinished: undefined,
      held: [],
    };
    this.#messages.set(id, message);
    for (const oldest of this.#messages.keys()) {
      if (this.#messages.size <= MAX_MESSAGES) break;
      this.#messages.delete(oldest);
    }
    return message;
  }

  #readPart(row: Loose): Turn[] {
    const messageId = textOf(row.message_id);
    const message = this.#messages.get(messageId);
    if (message !== undefined) return this.#readPartOf(message, row);
    if (this.#waitingCount >= MAX_WAITING) {
      this.#waiting.clear();
      this.#waitingCount = 0;
    }
    this.#waiting.set(messageId, [...this.#waiting.get(messageId) ?? [], row]);
    this.#waitingCount++;
    return [];
  }

  #readPartOf(message: Message, row: Loose): Turn[] {
    const part = loose(row.data);
    const partId = textOf(row.id);
    switch (part.type) {
      case "text":
        return message.role === "user"
          ? this.#readPrompt(message, partId, part)
          : message.role === "assistant"
          ? this.#readText(message, partId, part)
          : [];
      case "tool":
        return this.#readTool(message, partId, part);
      default:
        return [];
    }
  }

  #readPrompt(message: Message, partId: string, part: Loose): Turn[] {
    if (part.synthetic === true || part.ignored === true) return [];
    // OpenCode puts a space behind a long paste.
    const text = typedText(textOf(part.text)).trimEnd();
    return text.trim() === "" ? [] : this.exchange.prompt(partId, message.createdAtMs, text);
  }

  #readText(message: Message, partId: string, part: Loose): Turn[] {
    const told = this.#sayText(message, partId, part);
    if (message.unfinished !== undefined) return told;
    const held = message.held.splice(0);
    return [...told, ...held.flatMap(([id, tool]) => this.#readTool(message, id, tool))];
  }

  #sayText(message: Message, partId: string, part: Loose): Turn[] {
    const text = textOf(part.text);
    const time = loose(part.time);
    if (part.synthetic === true) return [];
    const atMs = timeOf(time.start) || message.createdAtMs;
    // While it is being written it changes with every look: told when whole, or cut off.
    const isWhole = timeOf(time.end) !== 0 || message.stopped;
    message.unfinished = isWhole ? undefined : { partId, atMs, text };
    if (!isWhole || text.trim() === "") return [];
    const last = message.lastText;
    const isLast = last === undefined || partId >= last.partId;
    if (isLast) message.lastText = { partId, atMs, text };
    if (!message.stopped) return this.exchange.say(partId, atMs, text);
    if (!isLast) return this.exchange.demote(partId, atMs, text);
    const demoted = last === undefined || last.partId === partId
      ? []
      : this.exchange.demote(last.partId, last.atMs, last.text);
    return [...demoted, ...this.exchange.say(partId, atMs, text), ...this.exchange.end()];
  }

  #readTool(message: Message, partId: string, part: Loose): Turn[] {
    // The model writes in order, but a text's row lags behind that of the tool that follows it.
    if (message.unfinished !== undefined && message.unfinished.partId < partId) {
      if (message.held.length < MAX_HELD) message.held.push([partId, part]);
      return [];
    }
    const state = loose(part.state);
    const input = loose(state.input);
    const summary = toolSummary(input, this.folder) || oneLine(textOf(state.title));
    const atMs = timeOf(loose(state.time).start) || message.createdAtMs;
    const tool = { id: partId, atMs, name: textOf(part.tool), summary };
    if (state.status === "pending") return this.exchange.startTool(tool);
    const started = this.exchange.startTool(tool, RUNNING_REV);
    if (state.status === "running") return started;
    const metadata = loose(state.metadata);
    const diff = textOf(metadata.diff);
    const failure = textOf(state.error);
    const refused = /^The user rejected permission/.test(failure);
    return this.exchange.endTool(partId, {
      ok: state.status === "completed",
      output: refused ? "Rejected by the user" : toolOutput(textOf(state.output) || failure),
      ...(diff !== "" && { diff }),
    });
  }

  #readUsage(message: Message, data: Loose): Turn[] {
    const tokens = loose(data.tokens);
    const cache = loose(tokens.cache);
    if (timeOf(loose(data.time).completed) === 0) return [];
    return this.exchange.use(`usage:${message.id}`, message.createdAtMs, {
      model: textOf(data.modelID) || "unknown",
      // Here input is already without what came from the cache; what was written to it is input.
      input: countOf(tokens.input) + countOf(cache.write),
      cachedInput: countOf(cache.read),
      output: countOf(tokens.output) + countOf(tokens.reasoning),
    });
  }

  #readEnd(message: Message, data: Loose): Turn[] {
    if (message.stopped) return [];
    const failed = isLoose(data.error);
    if (!failed && GOES_ON.has(textOf(data.finish))) return [];
    message.stopped = true;
    const cutOff = message.unfinished?.text.trim() === "" ? undefined : message.unfinished;
    message.unfinished = undefined;
    const turns = cutOff === undefined
      ? []
      : this.exchange.say(cutOff.partId, cutOff.atMs, cutOff.text);
    message.lastText = cutOff ?? message.lastText;
    for (const [id, tool] of message.held.splice(0)) {
      turns.push(...this.#readTool(message, id, tool));
    }
    turns.push(...failed ? this.#readError(message, loose(data.error), data) : this.exchange.end());
    return turns;
  }

  #readError(message: Message, error: Loose, data: Loose): Turn[] {
    const atMs = timeOf(loose(data.time).completed) || message.createdAtMs;
    if (error.name === "MessageAbortedError") {
      return this.exchange.interrupt(`interrupted:${message.id}`, atMs);
    }
    const said = textOf(loose(error.data).message) || textOf(error.name);
    return this.exchange.fail(`error:${message.id}`, atMs, errorText(said));
  }
}

import type { Turn } from "@chatcode/protocol";
import { hunksDiff, patchDiff, replaceDiff } from "../diff.ts";
import { ExchangeReader } from "../exchange_reader.ts";
import { typedText } from "../injected.ts";
import {
  countOf,
  isLoose,
  listOf,
  type Loose,
  loose,
  parseLoose,
  textOf,
  timeOf,
} from "../loose.ts";
import {
  commandOf,
  errorText,
  oneLine,
  relativePath,
  textIn,
  toolOutput,
  toolSummary,
} from "../tool_text.ts";

/** Records and events that say nothing that another does not say better. */
const IGNORED = new Set(["compacted", "inter_agent_communication", "session_state", "world_state"]);
const IGNORED_EVENTS = new Set([
  "agent_message",
  "agent_reasoning",
  "context_compacted",
  "error",
  "item_started",
  "stream_error",
  "thread_name_updated",
  "thread_settings_applied",
  "token_count",
  "user_message",
  "warning",
]);
const MAX_MODELS = 64;

/** Reads `$CODEX_HOME/sessions/Y/M/D/rollout-<time>-<id>.jsonl`, as of Codex 0.169.0. */
export class CodexReader extends ExchangeReader {
  /** By the agent's turn, as it may change with each. */
  readonly #models = new Map<string, string>();
  #model = "unknown";
  /** Calls whose process goes on after the call returned, and what it had printed. */
  readonly #background = new Map<string, string>();

  protected override read(record: Loose): Turn[] | undefined {
    const payload = loose(record.payload);
    const atMs = timeOf(record.timestamp);
    const type = textOf(record.type);
    switch (type) {
      case "session_meta":
        this.conversationId ??= textOf(payload.id) || undefined;
        this.folder ??= textOf(payload.cwd) || undefined;
        return [];
      case "turn_context":
        return this.#readContext(payload);
      case "event_msg":
        return this.#readEvent(payload, atMs);
      case "response_item":
        return this.#readItem(payload, atMs);
      case "token_usage_record":
        return this.#readUsage(payload, atMs);
      default:
        return IGNORED.has(type) ? [] : undefined;
    }
  }

  #readContext(payload: Loose): Turn[] {
    this.folder ??= textOf(payload.cwd) || undefined;
    const model = textOf(payload.model);
    if (model === "") return [];
    this.#model = model;
    this.#models.set(textOf(payload.turn_id), model);
    for (const oldest of this.#models.keys()) {
      if (this.#models.size <= MAX_MODELS) break;
      this.#models.delete(oldest);
    }
    return [];
  }

  #readEvent(payload: Loose, atMs: number): Turn[] | undefined {
    const type = textOf(payload.type);
    const turnId = textOf(payload.turn_id);
    switch (type) {
      case "task_started":
        if (!this.exchange.isOpen) this.exchange.begin();
        return [];
      case "item_completed":
        return this.#readCompleted(loose(payload.item), payload, atMs);
      case "task_complete": {
        if (!isLoose(payload.error)) return [...this.#leaveBackground(), ...this.exchange.end()];
        return this.exchange.fail(
          `error:${turnId}`,
          atMs,
          errorText(textOf(payload.error.message)),
        );
      }
      case "turn_aborted":
        return payload.reason === "replaced"
          ? this.exchange.end()
          : this.exchange.interrupt(`interrupted:${turnId}`, atMs);
      default:
        return IGNORED_EVENTS.has(type) ? [] : undefined;
    }
  }

  #readCompleted(item: Loose, payload: Loose, endedAtMs: number): Turn[] | undefined {
    const id = textOf(item.id);
    const atMs = timeOf(payload.started_at_ms) || endedAtMs;
    switch (item.type) {
      case "UserMessage": {
        const images = listOf(item.content).filter((part) =>
          /image/i.test(textOf(loose(part).type))
        );
        const text = [typedText(textIn(item.content)), ...images.map(() => "[image]")]
          .filter((part) => part !== "").join("\n");
        return text === "" ? [] : this.exchange.prompt(id, atMs, text);
      }
      case "AgentMessage": {
        const text = textIn(item.content);
        return text.trim() === "" ? [] : this.exchange.say(id, atMs, text);
      }
      case "CommandExecution": {
        const summary = oneLine(commandOf(item.command));
        return this.#endItem({ id, atMs, name: "exec_command", summary }, {
          ok: item.exit_code === 0,
          output: toolOutput(textOf(item.aggregated_output)),
        });
      }
      case "FileChange": {
        const changes = Object.entries(loose(item.changes));
        const paths = changes.map(([path]) => relativePath(path, this.folder));
        return this.#endItem(
          { id, atMs, name: "apply_patch", summary: oneLine(paths.join(", ")) },
          {
            ok: item.status === "completed",
            output: textOf(item.stderr),
            diff: changes.map(([path, change]) => this.#changeOf(path, loose(change))).join(""),
          },
        );
      }
      case "McpToolCall": {
        const name = [item.server, item.tool].map(textOf).filter((part) => part !== "").join(".");
        const summary = toolSummary(parseLoose(item.arguments), this.folder);
        return this.#endItem({ id, atMs, name, summary }, {
          ok: item.status === "completed" && !item.error,
          output: toolOutput(textIn(loose(item.result).content)),
        });
      }
      case "WebSearch":
        return this.#endItem(
          { id, atMs, name: "web_search", summary: oneLine(textOf(item.query)) },
          { ok: true },
        );
      default:
        return textOf(item.type) === "" ? undefined : [];
    }
  }

  /** Items of tools that no call announced are told at once. */
  #endItem(
    tool: { id: string; atMs: number; name: string; summary: string },
    end: { ok: boolean; output?: string; diff?: string },
  ): Turn[] {
    if (this.exchange.isRunning(tool.id)) return this.exchange.endTool(tool.id, end);
    const started = this.exchange.startTool(tool);
    return started.length === 0 ? [] : this.exchange.endTool(tool.id, end);
  }

  #changeOf(path: string, change: Loose): string {
    const shown = relativePath(path, this.folder);
    const unified = textOf(change.unified_diff);
    if (unified !== "") {
      return unified.startsWith("---") ? unified : `--- ${shown}\n+++ ${shown}\n${unified}`;
    }
    const hunks = listOf(change.hunks);
    if (hunks.length > 0) return hunksDiff(shown, hunks);
    const content = textOf(change.content);
    return change.type === "delete"
      ? replaceDiff(shown, content, "")
      : replaceDiff(shown, "", content);
  }

  #readItem(payload: Loose, atMs: number): Turn[] | undefined {
    const id = textOf(payload.call_id) || textOf(payload.id);
    switch (payload.type) {
      case "function_call":
      case "local_shell_call": {
        const input = parseLoose(payload.arguments ?? payload.action);
        const summary = toolSummary(input, this.folder);
        const name = textOf(payload.name) || "shell";
        return this.exchange.startTool({ id, atMs, name, summary });
      }
      case "custom_tool_call": {
        const input = textOf(payload.input);
        const name = textOf(payload.name);
        const diff = input.startsWith("*** Begin Patch") ? patchDiff(input) : undefined;
        const files = [...input.matchAll(/^\*\*\* \w+ File: (.+)$/gm)].map((found) =>
          relativePath(found[1] ?? "", this.folder)
        );
        const summary = oneLine(files.length > 0 ? files.join(", ") : input);
        return this.exchange.startTool({ id, atMs, name, summary, ...(diff && { diff }) });
      }
      case "function_call_output":
      case "custom_tool_call_output":
        return this.#endCall(id, payload.output);
      default:
        return textOf(payload.type) === "" ? undefined : [];
    }
  }

  /** How a call ended that left no item of its own. */
  #endCall(id: string, answer: unknown): Turn[] {
    const output = isLoose(answer) ? textIn(answer.content ?? answer.output) : textIn(answer);
    const shown = output.replace(/^[\s\S]*?\nOutput:\n/, "");
    if (/^Process running with session ID/m.test(output)) {
      // Its item comes when the process ends.
      if (this.exchange.isRunning(id)) this.#background.set(id, toolOutput(shown));
      return [];
    }
    const code = /^Process exited with code (-?\d+)$/m.exec(output)?.[1];
    const refused = /\brejected by user\b/.test(output);
    // Of a command that was running, or that still waited for leave.
    const aborted = /^Wall time: [^\n]+\naborted by user\s*$/.test(output);
    const ok = !refused && !aborted && (code ?? "0") === "0" &&
      !/^(exec_command )?failed\b/.test(output) &&
      loose(answer).success !== false;
    return this.exchange.endTool(id, {
      ok,
      output: refused ? "Rejected by the user" : toolOutput(shown),
    });
  }

  /** A server that was started and left running is a call that went well. */
  #leaveBackground(): Turn[] {
    const left = [...this.#background].flatMap(([id, output]) =>
      this.exchange.endTool(id, { ok: true, output })
    );
    this.#background.clear();
    return left;
  }

  #readUsage(payload: Loose, atMs: number): Turn[] {
    const usage = loose(payload.usage);
    const responseId = textOf(payload.response_id);
    if (responseId === "") return [];
    const input = countOf(usage.input_tokens);
    const cachedInput = Math.min(countOf(usage.cached_input_tokens), input);
    return this.exchange.use(`usage:${responseId}`, atMs, {
      model: this.#models.get(textOf(payload.turn_id)) ?? this.#model,
      input: input - cachedInput,
      cachedInput,
      output: countOf(usage.output_tokens),
    });
  }
}

import { approvalOf, readPayload } from "../hook_payload.ts";
import type { HookFact, HookNews } from "../hook_news.ts";
import { type Loose, loose, textOf } from "../loose.ts";
import { toolSummary } from "../tool_text.ts";

/** What Claude Code's and Codex's hooks say; the two name their events alike. */
export function readHook(payload: unknown): HookNews | undefined {
  return readPayload(payload, factOf);
}

function factOf(payload: Loose): HookFact | undefined {
  const tool = textOf(payload.tool_name);
  const input = loose(payload.tool_input);
  const cwd = textOf(payload.cwd);
  switch (payload.hook_event_name) {
    case "SessionStart":
      return { kind: "session-start", source: textOf(payload.source) };
    case "UserPromptSubmit":
      return { kind: "prompt", text: textOf(payload.prompt) };
    case "PreToolUse":
      return { kind: "tool-start", tool, summary: toolSummary(input, cwd) };
    case "PostToolUse":
      return { kind: "tool-end", tool, ok: true };
    case "PostToolUseFailure":
      return { kind: "tool-end", tool, ok: false };
    case "PermissionRequest":
      return approvalOf(tool, input, cwd);
    case "Stop":
      return { kind: "stopped", ...told(payload) };
    case "StopFailure": {
      const error = textOf(payload.last_assistant_message) || textOf(payload.error);
      return { kind: "stopped", error };
    }
    case "SessionEnd":
      return { kind: "session-end", reason: textOf(payload.reason) };
    case "Notification": {
      const type = textOf(payload.notification_type);
      return { kind: "notification", type, text: textOf(payload.message) };
    }
    default:
      return undefined;
  }
}

function told(payload: Loose): { text?: string } {
  const text = textOf(payload.last_assistant_message);
  return text === "" ? {} : { text };
}

import { approvalOf } from "../hook_payload.ts";
import type { HookFact, HookNews } from "../hook_news.ts";
import { isLoose, listOf, type Loose, loose, textOf } from "../loose.ts";
import { toolSummary } from "../tool_text.ts";

/** What an event of `GET /event` says; they take the place of hooks. */
export function readEvent(event: unknown): HookNews | undefined {
  if (!isLoose(event)) return undefined;
  const properties = loose(event.properties);
  const conversation = textOf(properties.sessionID) || textOf(loose(properties.info).id);
  const fact = conversation === "" ? undefined : factOf(textOf(event.type), properties);
  const cwd = textOf(loose(properties.info).directory);
  return fact === undefined ? undefined : { conversation, ...(cwd !== "" && { cwd }), ...fact };
}

function factOf(type: string, properties: Loose): HookFact | undefined {
  switch (type) {
    case "session.created":
      // A session with a parent is a subagent's.
      return textOf(loose(properties.info).parentID) === ""
        ? { kind: "session-start", source: "startup" }
        : undefined;
    case "message.part.updated":
      return toolFact(loose(properties.part));
    case "permission.asked":
      return {
        ...approvalOf(
          textOf(properties.permission),
          { patterns: listOf(properties.patterns), ...loose(properties.metadata) },
          undefined,
        ),
        requestId: textOf(properties.id),
      };
    case "permission.replied":
      return {
        kind: "approval-answered",
        requestId: textOf(properties.requestID) || textOf(properties.permissionID),
      };
    case "session.idle":
      return { kind: "stopped" };
    case "session.error": {
      const error = loose(properties.error);
      if (error.name === "MessageAbortedError") return undefined;
      return { kind: "stopped", error: textOf(loose(error.data).message) || textOf(error.name) };
    }
    case "session.deleted":
      return { kind: "session-end", reason: "deleted" };
    default:
      return undefined;
  }
}

function toolFact(part: Loose): HookFact | undefined {
  if (part.type !== "tool") return undefined;
  const { status, input } = loose(part.state);
  const tool = textOf(part.tool);
  switch (status) {
    case "running":
      return { kind: "tool-start", tool, summary: toolSummary(loose(input), undefined) };
    case "completed":
    case "error":
      return { kind: "tool-end", tool, ok: status === "completed" };
    default:
      return undefined;
  }
}

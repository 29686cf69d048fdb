import { patchDiff, replaceDiff } from "./diff.ts";
import type { ApprovalAsked, HookFact, HookNews, HookSource } from "./hook_news.ts";
import { isLoose, listOf, type Loose, loose, textOf } from "./loose.ts";
import { commandOf, relativePath, toolSummary } from "./tool_text.ts";

/**
 * A payload of Claude Code, Codex or Gemini CLI, which differ only in what `factOf` reads.
 * @returns `undefined` if it is none, or tells nothing
 */
export function readPayload(
  payload: unknown,
  factOf: (payload: Loose) => HookFact | undefined,
): HookNews | undefined {
  if (!isLoose(payload)) return undefined;
  const source = hookSource(payload);
  const fact = source === undefined ? undefined : factOf(payload);
  return source === undefined || fact === undefined ? undefined : { ...source, ...fact };
}

/** The fields that all three name alike; `undefined` if they are missing. */
function hookSource(payload: Loose): HookSource | undefined {
  const conversation = textOf(payload.session_id);
  if (conversation === "") return undefined;
  const [transcript, cwd] = [textOf(payload.transcript_path), textOf(payload.cwd)];
  return {
    conversation,
    ...(transcript !== "" && { transcript }),
    ...(cwd !== "" && { cwd }),
  };
}

/** Longest detail of an approval, in UTF-16 units. */
const DETAIL_MAX = 64 * 1024;

/** What a tool with this input is about to do, in full. */
export function approvalOf(tool: string, input: Loose, cwd: string | undefined): ApprovalAsked {
  const { detail, detailKind } = detailOf(input, cwd);
  const reason = detailKind === "command" ? textOf(input.description) : "";
  return {
    kind: "approval-asked",
    tool,
    summary: toolSummary(input, cwd),
    detail: detail.slice(0, DETAIL_MAX),
    detailKind,
    ...(reason !== "" && { reason }),
  };
}

function detailOf(
  input: Loose,
  cwd: string | undefined,
): Pick<ApprovalAsked, "detail" | "detailKind"> {
  const command = commandOf(input.command ?? input.cmd);
  const patch = command !== "" ? command : textOf(input.patch ?? input.input);
  if (patch.startsWith("*** Begin Patch")) return { detail: patchDiff(patch), detailKind: "diff" };
  if (command !== "") return { detail: command, detailKind: "command" };
  const given = textOf(input.fileDiff ?? input.diff);
  if (given !== "") return { detail: given, detailKind: "diff" };
  const path = relativePath(textOf(input.file_path ?? input.filePath), cwd);
  if (path !== "") {
    const edits = [input, ...listOf(input.edits).map(loose)].filter((edit) =>
      typeof edit.old_string === "string" && typeof edit.new_string === "string"
    );
    if (edits.length > 0) {
      const diffs = edits.map((edit) =>
        replaceDiff(path, textOf(edit.old_string), textOf(edit.new_string))
      );
      return { detail: diffs.join(""), detailKind: "diff" };
    }
    if (typeof input.content === "string") {
      return { detail: replaceDiff(path, "", input.content), detailKind: "diff" };
    }
  }
  return { detail: JSON.stringify(input, undefined, 2), detailKind: "text" };
}

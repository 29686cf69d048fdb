/** Context that agents put into the user's mouth, by the tag that wraps it. */
const TAGS = [
  "command-message",
  "environment_context",
  "hook_context",
  "ide_opened_file",
  "ide_selection",
  "local-command-caveat",
  "local-command-stderr",
  "local-command-stdout",
  "session_context",
  "skill",
  "system-reminder",
  "task-notification",
  "turn_aborted",
  "user_instructions",
].join("|");

const WRAPPED = new RegExp(`<(${TAGS})(?:\\s[^>]*)?>[\\s\\S]*?</\\1>`, "g");
/** A wrapper that is not closed takes the rest with it. */
const OPEN = new RegExp(`^\\s*<(${TAGS})(?:\\s[^>]*)?>[\\s\\S]*$`);
const INSTRUCTIONS = /^# AGENTS\.md instructions\b/;

/** The part of `text` that the user typed; empty when all of it was injected. */
export function typedText(text: string): string {
  if (INSTRUCTIONS.test(text)) return "";
  if (!text.includes("<")) return text;
  const rest = text.replace(WRAPPED, "");
  return rest === text && !OPEN.test(text) ? text : rest.replace(OPEN, "").trim();
}

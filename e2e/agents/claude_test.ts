import { smokeTest } from "./smoke.ts";

await smokeTest("claude", {
  interrupted: /"interruptedMessageId"/,
  error: /"isApiErrorMessage":true/,
  hooks: [
    "SessionStart",
    "UserPromptSubmit",
    "PreToolUse",
    "PermissionRequest",
    "PostToolUse",
    "Stop",
    "SessionEnd",
  ],
});

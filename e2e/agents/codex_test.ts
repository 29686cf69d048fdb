import { smokeTest } from "./smoke.ts";

await smokeTest("codex", {
  interrupted: /"type":"turn_aborted"/,
  error: /"type":"task_complete".*"error":\{/,
  hooks: [
    "SessionStart",
    "UserPromptSubmit",
    "PreToolUse",
    "PermissionRequest",
    "PostToolUse",
    "Stop",
  ],
});

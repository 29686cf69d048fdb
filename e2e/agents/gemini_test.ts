import { smokeTest } from "./smoke.ts";

await smokeTest("gemini", {
  interrupted: /"content":"Request cancelled\."/,
  error: /"type":"error"/,
  hooks: [
    "SessionStart",
    "BeforeAgent",
    "BeforeTool",
    "Notification",
    "AfterTool",
    "AfterAgent",
    "SessionEnd",
  ],
});

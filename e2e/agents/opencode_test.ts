import { smokeTest } from "./smoke.ts";

await smokeTest("opencode", {
  interrupted: /"MessageAbortedError"/,
  error: /"APIError"/,
  hooks: [],
});

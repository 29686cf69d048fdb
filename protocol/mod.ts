/** The wire between browser, relay and gateway. SPEC.md says in words what these schemas say in code. */
export * from "./ids.ts";
export * from "./limits.ts";
export * from "./errors.ts";
export * from "./close_code.ts";
export * from "./session.ts";
export * from "./turn.ts";
export * from "./agent.ts";
export * from "./approval.ts";
export * from "./usage.ts";
export * from "./host.ts";
export * from "./events.ts";
export * from "./hello.ts";
export * from "./credit.ts";
export * from "./bytes_frame.ts";
export * from "./frame.ts";
export * from "./methods/mod.ts";
export { type AttachParams, type AttachResult } from "./methods/terminal.ts";
export * from "./schemas.ts";

import { assertEquals } from "@std/assert";
import type { Turn } from "@chatcode/protocol";
import { codex } from "./codex.ts";
import { fixtureRecords, fixtureText, upsert } from "./testdata/fixtures.ts";

const cwd = "/home/user/project";
let ordinal = 0;

function record(type: string, payload: unknown): unknown {
  return { timestamp: "2026-11-20T19:00:00.000Z", ordinal: ordinal++, type, payload };
}

const event = (type: string, more = {}) => record("event_msg", { type, turn_id: "t", ...more });
const item = (item: unknown) => event("item_completed", { item });
const call = (type: string, more: unknown) => record("response_item", { type, ...more as object });
const meta = record("session_meta", { id: "conversation", cwd });

function read(...records: unknown[]): Turn[] {
  const reader = codex.newReader();
  const turns = [...upsert(records.flatMap((each) => reader.push(each))).values()];
  assertEquals(reader.skipped, 0);
  return turns;
}

const bare = (turns: Turn[]) => turns.map(({ atMs: _, rev: __, ...turn }) => turn);

Deno.test("Codex: the prompt is what was typed, not what was put around it", () => {
  const user = (id: string, text: string) =>
    item({ type: "UserMessage", id, content: [{ type: "text", text }] });
  const turns = read(
    meta,
    event("task_started"),
    user("1", "typed"),
    user("2", "<environment_context>\n<cwd>/</cwd>\n</environment_context>"),
    user("3", "# AGENTS.md instructions for /home/user\n\n<INSTRUCTIONS>…"),
    user("4", "steered"),
    item({ type: "AgentMessage", id: "5", content: [{ type: "Text", text: "done" }] }),
    event("task_complete", { last_agent_message: "done" }),
  );
  assertEquals(turns.map(({ kind, id }) => [kind, id]), [
    ["prompt", "1"],
    ["prompt", "4"],
    ["final", "5"],
  ]);
});

Deno.test("Codex: a patch comes with its diff, from the call and then from the change", () => {
  const patch = `*** Begin Patch
*** Update File: ${cwd}/a.ts
@@
-old
+new
*** End Patch`;
  const turns = read(
    meta,
    event("task_started"),
    call("custom_tool_call", { call_id: "c1", name: "apply_patch", input: patch }),
    item({
      type: "FileChange",
      id: "c1",
      status: "completed",
      changes: { [`${cwd}/a.ts`]: { type: "update", unified_diff: "@@ -1 +1 @@\n-old\n+new\n" } },
    }),
    call("custom_tool_call_output", { call_id: "c1", output: "Success" }),
    call("custom_tool_call", { call_id: "c2", name: "apply_patch", input: patch }),
  );
  const common = { kind: "tool", name: "apply_patch", summary: "a.ts" };
  assertEquals(bare(turns), [
    {
      ...common,
      id: "c1",
      state: "ok",
      diff: "--- a.ts\n+++ a.ts\n@@ -1 +1 @@\n-old\n+new\n",
    },
    {
      ...common,
      id: "c2",
      state: "running",
      diff: `--- ${cwd}/a.ts\n+++ ${cwd}/a.ts\n@@ @@\n-old\n+new\n`,
    },
  ] as unknown as ReturnType<typeof bare>);
});

Deno.test("Codex: how a command ended is told by its item, or by its call", () => {
  const started = (id: string) =>
    call("function_call", { call_id: id, name: "exec_command", arguments: '{"cmd":"make"}' });
  const output = (id: string, output: string) =>
    call("function_call_output", { call_id: id, output });
  const turns = read(
    meta,
    event("task_started"),
    started("failed"),
    item({
      type: "CommandExecution",
      id: "failed",
      command: ["/bin/bash", "-lc", "make"],
      status: "failed",
      aggregated_output: "\x1b[31mno\x1b[0m rule",
      exit_code: 2,
    }),
    output("failed", "Process exited with code 2\nOutput:\nno rule"),
    started("refused"),
    output("refused", "exec command rejected by user"),
    started("aborted"),
    output("aborted", "Wall time: 1.8 seconds\naborted by user"),
    started("code"),
    output("code", "Chunk ID: 1\nProcess exited with code 1\nOutput:\nbad"),
    started("server"),
    output("server", "Chunk ID: 2\nProcess running with session ID 7\nOutput:\nlistening"),
    started("lost"),
    item({ type: "AgentMessage", id: "m", content: [{ type: "Text", text: "done" }] }),
    event("task_complete"),
  );
  assertEquals(
    turns.flatMap((turn) => turn.kind === "tool" ? [[turn.id, turn.state, turn.output]] : []),
    [
      ["failed", "failed", "no rule"],
      ["refused", "failed", "Rejected by the user"],
      ["aborted", "failed", "Wall time: 1.8 seconds\naborted by user"],
      ["code", "failed", "bad"],
      ["server", "ok", "listening"],
      ["lost", "failed", undefined],
    ],
  );
});

Deno.test("Codex: usage counts once for each response, with its turn's model", () => {
  const usage = (response_id: string, turn_id: string) =>
    record("token_usage_record", {
      response_id,
      turn_id,
      usage: { input_tokens: 111, cached_input_tokens: 33, output_tokens: 44 },
    });
  const turns = read(
    record("turn_context", { turn_id: "a", cwd, model: "model-a" }),
    record("turn_context", { turn_id: "b", cwd, model: "model-b" }),
    usage("r1", "a"),
    usage("r2", "b"),
    usage("r1", "a"),
  );
  const tokens = { input: 78, cachedInput: 33, output: 44 };
  assertEquals(turns.map((turn) => turn.kind === "usage" && [turn.id, turn.usage]), [
    ["usage:r1", { model: "model-a", ...tokens }],
    ["usage:r2", { model: "model-b", ...tokens }],
  ]);
});

Deno.test("Codex: what its hooks and notices say", () => {
  const payloads = ["hook-payloads", "notify-payloads"]
    .flatMap((name) => fixtureRecords(`codex-0.169.0/${name}.jsonl`))
    .map((line) => (line as { payload: unknown }).payload);
  const news = payloads.map((payload) => codex.readHook(payload));
  assertEquals(news.map((each) => each?.kind), [
    "session-start",
    "prompt",
    "tool-start",
    "approval-asked",
    "tool-end",
    "stopped",
    "stopped",
    "stopped",
    "stopped",
  ]);
  const approval = news[3];
  assertEquals(
    approval?.kind === "approval-asked" && [approval.tool, approval.detail, approval.reason],
    [
      "Bash",
      "touch /home/user/fp3/made.codex && echo hi",
      "fake justification: may I run this?",
    ],
  );
  // The notice of the internal thread has another conversation than the session's own.
  assertEquals(news[6]?.conversation === news[8]?.conversation, false);
});

Deno.test("Codex: the approval on its screen", () => {
  const approval = codex.readApproval(fixtureText("codex-0.169.0/screen-approval.txt"));
  assertEquals(approval?.question, "Would you like to run the following command?");
  assertEquals(approval?.answers.map(({ scope, keys }) => [scope, ...keys]), [
    ["once", "y"],
    ["always", "p"],
    ["deny", "Escape"],
  ]);
});

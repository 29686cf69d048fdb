import { assertEquals } from "@std/assert";
import type { Turn } from "@chatcode/protocol";
import { answerFor } from "./approval.ts";
import { claude } from "./claude.ts";
import { fixtureRecords, fixtureText, upsert } from "./testdata/fixtures.ts";

const cwd = "/home/user/project";
const base = { sessionId: "s", cwd, timestamp: "2026-11-20T19:00:00.000Z" };

function typed(uuid: string, content: unknown, more = {}): unknown {
  return { ...base, type: "user", uuid, message: { role: "user", content }, ...more };
}

function said(uuid: string, content: unknown[], message = {}, more = {}): unknown {
  const whole = { id: `msg_${uuid}`, model: "m", stop_reason: "tool_use", content, ...message };
  return { ...base, type: "assistant", uuid, message: whole, ...more };
}

function result(uuid: string, id: string, content: unknown, more = {}): unknown {
  const part = { type: "tool_result", tool_use_id: id, content };
  return { ...base, type: "user", uuid, message: { role: "user", content: [part] }, ...more };
}

const text = (text: string) => ({ type: "text", text });
const end = { ...base, type: "system", subtype: "turn_duration", uuid: "end" };

function read(...records: unknown[]): Turn[] {
  const reader = claude.newReader();
  const turns = [...upsert(records.flatMap((record) => reader.push(record))).values()];
  assertEquals(reader.skipped, 0);
  return turns;
}

/** Kind, id and what it says. */
const brief = (turns: Turn[]) =>
  turns.map((turn) => [turn.kind, turn.id, "text" in turn ? turn.text : undefined]);

Deno.test("Claude: only what a person typed is a prompt", () => {
  const turns = read(
    typed("1", "plain"),
    typed("2", "context", { isMeta: true }),
    typed("3", "summary", { isCompactSummary: true }),
    typed("4", "a subagent's", { isSidechain: true }),
    typed("5", "<task-notification>done</task-notification>", {
      origin: { kind: "task-notification" },
    }),
    typed("6", "typed <system-reminder>not typed</system-reminder>"),
    typed("7", [text("with a picture"), { type: "image", source: {} }]),
    typed("8", "<local-command-stdout>42</local-command-stdout>"),
    typed("9", "a & <b>bold</b> claim", { origin: { kind: "human" } }),
  );
  assertEquals(brief(turns), [
    ["prompt", "1", "plain"],
    ["prompt", "6", "typed"],
    ["prompt", "7", "with a picture\n[image]"],
    ["prompt", "9", "a & <b>bold</b> claim"],
  ]);
});

Deno.test("Claude: commands are told as they were typed and open no exchange", () => {
  const reader = claude.newReader();
  const command =
    "<command-name>/model</command-name>\n<command-message>model</command-message>\n" +
    "<command-args>opus</command-args>";
  const turns = [
    typed("1", command),
    {
      ...base,
      type: "system",
      subtype: "local_command",
      uuid: "2",
      content: "<command-name>/cost</command-name>",
    },
    typed("3", "<bash-input>ls</bash-input>"),
    typed("4", "<bash-stdout>a b</bash-stdout><bash-stderr></bash-stderr>"),
  ].flatMap((record) => reader.push(record));
  assertEquals(turns.map((turn) => "text" in turn && turn.text), ["/model opus", "/cost", "!ls"]);
  assertEquals([reader.busy, reader.handover], [false, "after"]);
});

Deno.test("Claude: a prompt typed while it works belongs to the exchange", () => {
  const attachment = { type: "queued_command", prompt: "and this", commandMode: "prompt" };
  const note = { type: "queued_command", prompt: "a task ended", commandMode: "task-notification" };
  const turns = read(
    typed("1", "do this"),
    said("2", [text("working")]),
    { ...base, type: "attachment", uuid: "3", attachment },
    { ...base, type: "attachment", uuid: "4", attachment: note },
    said("5", [text("both done")], { stop_reason: "end_turn" }),
    end,
  );
  assertEquals(brief(turns), [
    ["prompt", "1", "do this"],
    ["progress", "2", "working"],
    ["prompt", "3", "and this"],
    ["final", "5", "both done"],
  ]);
});

Deno.test("Claude: blocks of one message are one text, and the last text is final", () => {
  const one = { id: "msg", stop_reason: "end_turn" };
  assertEquals(
    brief(read(
      typed("1", "go"),
      said("2", [text("first half")], one),
      said("3", [{ type: "thinking", thinking: "not told" }], one),
      said("4", [text("second half")], one),
      end,
    )),
    [["prompt", "1", "go"], ["final", "2", "first half\n\nsecond half"]],
  );
  // Without a reason to stop, the end of the exchange tells which text was the last.
  const reader = claude.newReader();
  const open = { stop_reason: null };
  for (
    const record of [typed("1", "go"), said("2", [text("a")], open), said("3", [text("b")], open)]
  ) {
    reader.push(record);
  }
  assertEquals([reader.busy, reader.handover], [true, undefined]);
  assertEquals(reader.push(end).map(({ kind, id, rev }) => [kind, id, rev]), [["final", "3", 1]]);
  assertEquals([reader.busy, reader.handover], [false, "after"]);
});

Deno.test("Claude: a change comes with its diff, a refusal without the vendor's words", () => {
  const structuredPatch = [
    { oldStart: 3, oldLines: 2, newStart: 3, newLines: 2, lines: [" keep", "-old", "+new"] },
  ];
  const turns = read(
    typed("1", "edit"),
    said("2", [{
      type: "tool_use",
      id: "t1",
      name: "Edit",
      input: { file_path: `${cwd}/a/b.ts` },
    }]),
    result("3", "t1", "done", {
      toolUseResult: { filePath: `${cwd}/a/b.ts`, structuredPatch },
    }),
    said("4", [{
      type: "tool_use",
      id: "t2",
      name: "Write",
      input: { file_path: `${cwd}/new.ts` },
    }]),
    result("5", "t2", "done", {
      toolUseResult: {
        type: "create",
        filePath: `${cwd}/new.ts`,
        content: "a\nb\n",
        structuredPatch: [],
      },
    }),
    said("6", [{ type: "tool_use", id: "t3", name: "Bash", input: { command: "rm  -rf\n/" } }]),
    result("7", "t3", [text("The user doesn't want to proceed with this tool use. STOP what you")]),
    typed("8", [text("[Request interrupted by user for tool use]")]),
  );
  assertEquals(turns.slice(1).map(({ atMs: _, rev: __, ...turn }) => turn), [
    {
      kind: "tool",
      id: "t1",
      name: "Edit",
      summary: "a/b.ts",
      state: "ok",
      output: "done",
      diff: "--- a/b.ts\n+++ a/b.ts\n@@ -3,2 +3,2 @@\n keep\n-old\n+new\n",
    },
    {
      kind: "tool",
      id: "t2",
      name: "Write",
      summary: "new.ts",
      state: "ok",
      output: "done",
      diff: "--- new.ts\n+++ new.ts\n@@ -0,0 +1,2 @@\n+a\n+b\n",
    },
    {
      kind: "tool",
      id: "t3",
      name: "Bash",
      summary: "rm -rf /",
      state: "failed",
      output: "Rejected by the user",
    },
    { kind: "interrupted", id: "8" },
  ]);
});

Deno.test("Claude: usage counts once for each message, its last telling, subagents' too", () => {
  const usage = (output_tokens: number) => ({
    id: "msg",
    usage: {
      input_tokens: 10,
      cache_creation_input_tokens: 5,
      cache_read_input_tokens: 7,
      output_tokens,
    },
  });
  const turns = read(
    said("1", [text("a")], usage(1)),
    said("2", [text("b")], usage(20)),
    said("3", [text("not told")], { ...usage(2), id: "other" }, { isSidechain: true }),
  );
  assertEquals(turns.flatMap((turn) => turn.kind === "usage" ? [[turn.id, turn.usage]] : []), [
    ["usage:msg", { model: "m", input: 15, cachedInput: 7, output: 20 }],
    ["usage:other", { model: "m", input: 15, cachedInput: 7, output: 2 }],
  ]);
});

Deno.test("Claude: what its hooks say", () => {
  const news = ["hook-payloads", "hook-payloads-more"]
    .flatMap((name) => fixtureRecords(`claude-2.1.329/${name}.jsonl`))
    .map((line) => claude.readHook((line as { payload: unknown }).payload));
  assertEquals(news.map((each) => each?.kind), [
    "session-start",
    "prompt",
    "tool-start",
    "approval-asked",
    "tool-end",
    "stopped",
    "session-end",
    "notification",
    "session-end",
    "stopped",
    "stopped",
    undefined,
  ]);
  assertEquals(news[3], {
    conversation: "992198e3-7c3d-45a4-94ae-7c7eb7118fa0",
    transcript:
      "/home/user/.claude/projects/-home-user-fp3/992198e3-7c3d-45a4-94ae-7c7eb7118fa0.jsonl",
    cwd: "/home/user/fp3",
    kind: "approval-asked",
    tool: "Bash",
    summary: "touch /home/user/fp3/made.claude && echo hi",
    detail: "touch /home/user/fp3/made.claude && echo hi",
    detailKind: "command",
    reason: "fake tool call",
  });
  assertEquals(news[9]?.kind === "stopped" && news[9].error, "API Error: 400 fake error 400");
  for (const junk of [null, 1, [], {}, { session_id: 3, hook_event_name: "Stop" }]) {
    assertEquals(claude.readHook(junk), undefined);
  }
});

Deno.test("Claude: an edit's approval shows the change", () => {
  const news = claude.readHook({
    session_id: "s",
    cwd,
    hook_event_name: "PermissionRequest",
    tool_name: "Edit",
    tool_input: { file_path: `${cwd}/a.ts`, old_string: "one\ntwo", new_string: "three" },
  });
  assertEquals(news?.kind === "approval-asked" && [news.detailKind, news.summary, news.detail], [
    "diff",
    "a.ts",
    "--- a.ts\n+++ a.ts\n@@ -1,2 +1,1 @@\n-one\n-two\n+three\n",
  ]);
});

Deno.test("Claude: the approval on its screen, and never the switch to auto mode", () => {
  const approval = claude.readApproval(fixtureText("claude-2.1.329/screen-approval.txt"));
  assertEquals(approval, {
    question: "Do you want to proceed?",
    answers: [
      { scope: "once", label: "Yes", keys: ["1"] },
      {
        scope: "always",
        label: "Yes, and always allow access to /home/user/fp3 from this project",
        keys: ["2"],
      },
      {
        scope: "always",
        label: "Yes, and switch to auto mode · auto mode handles these prompts for you",
        keys: ["3"],
      },
      { scope: "deny", label: "Cancel", keys: ["Escape"] },
    ],
  });
  const edit = ` Do you want to make this edit to a.ts?
 ❯ 1. Yes
   2. Yes, allow all edits during this session (shift+tab)
   3. No, and tell Claude what to do differently (esc)`;
  const found = claude.readApproval(edit);
  assertEquals(found && answerFor(found, "session")?.keys, ["2"]);
  assertEquals(claude.readApproval("Do you want to proceed?\nsome text\n"), undefined);
  assertEquals(claude.readApproval("❯\u00a0"), undefined);
});

Deno.test("Claude: what a running process says of itself", () => {
  const record = JSON.parse(fixtureText("claude-2.1.329/sessions-pid-waiting.json")) as unknown;
  assertEquals(claude.processFile?.read(record), {
    conversation: "58b01a1b-eabb-4e27-9b7d-7b82f3975ca7",
    cwd: "/home/user/claude",
    status: "waiting",
    pane: "%0",
  });
  assertEquals(claude.processFile?.read({}), undefined);
  assertEquals(
    claude.processFile?.path(7, { HOME: "/home/user" }),
    "/home/user/.claude/sessions/7.json",
  );
});

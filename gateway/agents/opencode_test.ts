import { assertEquals } from "@std/assert";
import type { Turn } from "@chatcode/protocol";
import { opencode } from "./opencode.ts";
import { fixtureRecords, fixtureText, upsert } from "./testdata/fixtures.ts";

const session_id = "ses_1";
const message = (id: string, data: object) => ({
  table: "message",
  id,
  session_id,
  time_created: 5,
  data,
});
const part = (id: string, message_id: string, data: object) => ({
  table: "part",
  id,
  message_id,
  session_id,
  data,
});
const words = (text: string, end?: number) => ({
  type: "text",
  text,
  time: { start: 6, ...(end !== undefined && { end }) },
});
const user = message("msg_1", { role: "user" });
const busy = { role: "assistant", modelID: "m", time: { created: 5 } };
const done = { ...busy, finish: "stop", time: { created: 5, completed: 9 } };

function read(...records: unknown[]): Turn[] {
  const reader = opencode.newReader();
  return [...upsert(records.flatMap((record) => reader.push(record))).values()];
}

const brief = (turns: Turn[]) => turns.map(({ kind, id }) => [kind, id]);

Deno.test("OpenCode: what was put into the prompt is no prompt", () => {
  const turns = read(
    user,
    part("prt_1", "msg_1", { type: "text", text: "typed" }),
    part("prt_2", "msg_1", { type: "text", text: "the file's text", synthetic: true }),
    message("msg_0", { role: "assistant", summary: true, finish: "stop" }),
    part("prt_3", "msg_0", words("a summary of all before", 7)),
  );
  assertEquals(brief(turns), [["prompt", "prt_1"]]);
});

Deno.test("OpenCode: a text is told when it is whole, or when it was cut off", () => {
  const aborted = { ...done, finish: undefined, error: { name: "MessageAbortedError", data: {} } };
  const reader = opencode.newReader();
  const push = (...records: unknown[]) => brief(records.flatMap((record) => reader.push(record)));
  assertEquals(push(user, message("msg_2", busy), part("prt_2", "msg_2", words("Half"))), []);
  assertEquals(push(part("prt_2", "msg_2", words("Half a sen"))), []);
  assertEquals(push(message("msg_2", aborted)), [
    ["progress", "prt_2"],
    ["interrupted", "interrupted:msg_2"],
  ]);
  assertEquals([reader.busy, reader.handover], [false, "after"]);
});

Deno.test("OpenCode: all messages first, or each behind its parts, give the same turns", () => {
  const records = [
    user,
    part("prt_1", "msg_1", { type: "text", text: "go" }),
    message("msg_2", { ...done, finish: "tool-calls" }),
    part("prt_2", "msg_2", words("working", 7)),
    message("msg_3", done),
    part("prt_3", "msg_3", words("first", 7)),
    part("prt_4", "msg_3", words("last", 8)),
  ];
  const expected = [
    ["final", "prt_4"],
    ["progress", "prt_2"],
    ["progress", "prt_3"],
    ["prompt", "prt_1"],
  ];
  const messagesFirst = records.toSorted((a, b) => a.table < b.table ? -1 : 1);
  const partsFirst = [
    ...records.slice(1, 2),
    user,
    ...records.slice(3, 4),
    ...records.slice(2, 3),
    ...records.slice(5),
    ...records.slice(4, 5),
  ];
  for (const order of [messagesFirst, partsFirst]) {
    assertEquals(brief(read(...order)).sort(), expected);
  }
});

Deno.test("OpenCode: another session's rows are left out", () => {
  const reader = opencode.newReader("ses_2");
  assertEquals(
    [user, part("prt_1", "msg_1", { type: "text", text: "go" })].flatMap((row) => reader.push(row)),
    [],
  );
  assertEquals([reader.conversation, reader.skipped], ["ses_2", 0]);
});

Deno.test("OpenCode: tools that changed a file, failed, or were refused", () => {
  const tool = (id: string, state: object) =>
    part(id, "msg_2", {
      type: "tool",
      tool: "edit",
      state: { input: { filePath: "/a" }, ...state },
    });
  const turns = read(
    message("msg_2", busy),
    tool("ok", { status: "completed", output: "Edited", metadata: { diff: "--- a\n+++ a\n" } }),
    tool("bad", { status: "error", error: "No such file" }),
    tool("no", {
      status: "error",
      error: "The user rejected permission to use this specific tool call.",
    }),
    tool("now", { status: "running" }),
  );
  assertEquals(
    turns.map((turn) => turn.kind === "tool" && [turn.id, turn.state, turn.output, turn.diff]),
    [
      ["ok", "ok", "Edited", "--- a\n+++ a\n"],
      ["bad", "failed", "No such file", undefined],
      ["no", "failed", "Rejected by the user", undefined],
      ["now", "running", undefined, undefined],
    ],
  );
});

Deno.test("OpenCode: what its events say", () => {
  const news = fixtureRecords("opencode-1.18.33/sse-events.jsonl")
    .flatMap((event) => opencode.readHook(event) ?? []);
  assertEquals(news.map((each) => each.kind), [
    "session-start",
    "tool-start",
    "approval-asked",
    "approval-answered",
    "tool-start",
    "tool-start",
    "tool-end",
    "stopped",
  ]);
  const [start, , asked, answered] = news;
  assertEquals(start?.cwd, "/home/user/fp3");
  assertEquals(asked?.kind === "approval-asked" && [asked.tool, asked.detail, asked.requestId], [
    "bash",
    "echo hi",
    "per_1fa77e830001d6oY6U5XDG7zj6",
  ]);
  assertEquals(
    answered?.kind === "approval-answered" && answered.requestId,
    "per_1fa77e830001d6oY6U5XDG7zj6",
  );
  assertEquals(new Set(news.map((each) => each.conversation)).size, 1);
});

Deno.test("OpenCode: the approval on its screen, only while its buttons are seen", () => {
  const screen = fixtureText("opencode-1.18.33/screen-approval.txt");
  assertEquals(opencode.readApproval(screen)?.answers.map(({ scope, keys }) => [scope, ...keys]), [
    ["once", "Enter"],
    ["deny", "Escape"],
  ]);
  assertEquals(opencode.readApproval(screen.replace("Reject", "")), undefined);
});

import { assertEquals } from "@std/assert";
import type { Turn } from "@chatcode/protocol";
import { gemini } from "./gemini.ts";
import { fixtureRecords, fixtureText, upsert } from "./testdata/fixtures.ts";

const timestamp = "2026-11-20T19:00:00.000Z";
const user = (id: string, text: string, more = {}) => ({
  id,
  timestamp,
  type: "user",
  content: [{ text }],
  ...more,
});
const answer = (id: string, content: string, more = {}) => ({
  id,
  timestamp,
  type: "gemini",
  content,
  model: "m",
  ...more,
});

const brief = (turns: Iterable<Turn>) =>
  [...turns].map((turn) => [turn.kind, turn.id, "text" in turn ? turn.text : undefined]);

Deno.test("Gemini: the prompt is what was typed, without files it names", () => {
  const reader = gemini.newReader();
  const turns = [
    user("1", "<session_context>\nfolders\n</session_context>"),
    user("2", "see @a.ts\n--- Content from referenced files ---\nsecret"),
    user("3", "expanded by a command", { displayContent: [{ text: "/plan it" }] }),
    user("4", "<hook_context>added</hook_context>"),
  ].flatMap((record) => reader.push(record));
  assertEquals(brief(turns), [["prompt", "2", "see @a.ts"], ["prompt", "3", "/plan it"]]);
});

Deno.test("Gemini: the next prompt, or a hook, tells which text was the last", () => {
  const reader = gemini.newReader();
  const told = new Map<string, Turn>();
  for (const record of [user("1", "go"), answer("2", "working"), answer("3", "done")]) {
    upsert(reader.push(record), told);
  }
  assertEquals(reader.busy, true);
  upsert(reader.finish(), told);
  assertEquals([reader.busy, told.get("3")?.kind], [false, "final"]);
  assertEquals(reader.finish(), []);
  upsert([user("4", "more"), answer("5", "sure")].flatMap((each) => reader.push(each)), told);
  upsert(reader.push(user("6", "again")), told);
  assertEquals(reader.handover, "before");
  assertEquals([...told.values()].map(({ kind, id }) => [kind, id]), [
    ["prompt", "1"],
    ["progress", "2"],
    ["final", "3"],
    ["prompt", "4"],
    ["final", "5"],
    ["prompt", "6"],
  ]);
});

Deno.test("Gemini: a text may be the answer until a tool or the end comes after it", () => {
  const reader = gemini.newReader();
  const answered = [
    user("1", "go"),
    answer("2", "I look"),
    answer("2", "I look", { toolCalls: [{ id: "t", name: "ls", args: {}, status: "success" }] }),
    answer("3", "done"),
  ].map((record) => {
    reader.push(record);
    return reader.answered;
  });
  assertEquals(answered, [false, true, false, true]);
  reader.finish();
  assertEquals(reader.answered, false);
});

Deno.test("Gemini: a rewritten list of messages tells only what is new in it", () => {
  const reader = gemini.newReader();
  const tokens = { input: 100, cached: 40, output: 7, thoughts: 3, tool: 5 };
  const messages = [user("1", "go"), answer("2", "first", { tokens })];
  for (const record of messages) reader.push(record);
  assertEquals(reader.push({ $set: { messages } }), []);
  const turns = reader.push({ $set: { messages: [...messages, answer("3", "second")] } });
  assertEquals(brief(turns), [["progress", "3", "second"]]);
  assertEquals(reader.push({ $rewindTo: "2" }), []);
  assertEquals(reader.skipped, 0);
});

Deno.test("Gemini: a prompt right behind a history that was written anew is told", () => {
  const reader = gemini.newReader();
  const context = user("c2", "<session_context>\nThis is the Gemini CLI.");
  const cancelled = { id: "i", timestamp, type: "info", content: "Request cancelled." };
  const said = answer("2", "first");
  for (const record of [user("1", "go"), said, cancelled]) reader.push(record);
  const again = { ...said, id: "2b" };
  assertEquals([context, again].flatMap((record) => reader.push(record)), []);
  assertEquals(reader.push({ $set: { messages: [context, again] } }), []);
  assertEquals(brief(reader.push(user("3", "on"))), [["prompt", "3", "on"]]);
});

Deno.test("Gemini: cached input is taken out of input, thoughts are output", () => {
  const tokens = { input: 100, cached: 40, output: 7, thoughts: 3, tool: 5 };
  const [usage] = gemini.newReader().push(answer("1", "", { tokens }));
  assertEquals(usage?.kind === "usage" && usage.usage, {
    model: "m",
    input: 65,
    cachedInput: 40,
    output: 10,
  });
});

Deno.test("Gemini: tools that changed a file, failed, or were refused", () => {
  const result = (response: unknown) => [{ functionResponse: { response } }];
  const call = (id: string, status: string, more = {}) => ({
    id,
    name: "replace",
    args: { file_path: "/home/user/a.ts" },
    status,
    timestamp,
    ...more,
  });
  const turns = gemini.newReader().push(answer("1", "", {
    toolCalls: [
      call("ok", "success", {
        result: result({ output: "Changed" }),
        resultDisplay: { fileDiff: "--- a.ts\n+++ a.ts\n" },
      }),
      call("bad", "error", { result: result({ error: "No such file" }) }),
      call("no", "cancelled"),
    ],
  }));
  assertEquals(
    turns.map((turn) => turn.kind === "tool" && [turn.id, turn.state, turn.output, turn.diff]),
    [
      ["ok", "ok", "Changed", "--- a.ts\n+++ a.ts\n"],
      ["bad", "failed", "No such file", undefined],
      ["no", "failed", "Rejected by the user", undefined],
    ],
  );
});

Deno.test("Gemini: what its hooks say", () => {
  const news = fixtureRecords("gemini-0.61.0/hook-payloads.jsonl")
    .map((line) => gemini.readHook((line as { payload: unknown }).payload));
  assertEquals(news.map((each) => each?.kind), [
    "session-start",
    "prompt",
    "tool-start",
    "approval-asked",
    "tool-end",
    "stopped",
    "session-end",
    "session-end",
    "session-end",
  ]);
  const approval = news[3];
  assertEquals(
    approval?.kind === "approval-asked" && [approval.tool, approval.detailKind, approval.detail],
    ["exec", "command", "touch /home/user/fp3/made.gemini && echo hi"],
  );
  assertEquals(gemini.readHook({}), undefined);
});

Deno.test("Gemini: the approval on its screen", () => {
  const approval = gemini.readApproval(fixtureText("gemini-0.61.0/screen-approval.txt"));
  assertEquals(approval, {
    question: "Allow execution of [Shell]?",
    answers: [
      { scope: "once", label: "Allow once", keys: ["1"] },
      { scope: "session", label: "Allow for this session", keys: ["2"] },
      { scope: "deny", label: "No, suggest changes", keys: ["Escape"] },
    ],
  });
});

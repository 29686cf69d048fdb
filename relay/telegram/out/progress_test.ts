import { assertEquals, assertStringIncludes } from "@std/assert";
import { one, openOut } from "../testing/open_out.ts";
import { PRIVATE_EDIT_MS } from "./progress.ts";

Deno.test("[TG2] one silent message shows the work, edited in place, and is a line in the end", async () => {
  await using test = await openOut();
  test.online();
  void test.turn(one, { kind: "prompt", text: "Fix\nthe tests" });
  void test.turn(one, { kind: "tool", summary: "npm test", state: "running", id: "a" });
  await test.until(() => test.server.messages.length === 1, "progress");
  const [message] = test.server.messages;
  assertEquals([message!.silent, message!.thread], [true, await test.thread(one)]);
  assertStringIncludes(message!.text, "“Fix the tests”");
  assertStringIncludes(message!.text, "npm test");
  for (let step = 0; step < 20; step++) {
    void test.turn(one, { kind: "tool", summary: `step ${step}`, id: `s${step}` });
    await test.pass(500);
  }
  const edits = test.server.asked.filter(({ method }) => method === "editMessageText");
  const gaps = edits.slice(1).map((edit, at) => edit.atMs - edits[at]!.atMs);
  assertEquals(edits.length >= 3, true);
  assertEquals(gaps.every((gap) => gap >= PRIVATE_EDIT_MS), true, `${gaps}`);
  await test.final(one, "Done: all pass.");
  await test.until(() => message!.text.startsWith("✅"), "the line");
  assertStringIncludes(message!.text, "21 steps");
  assertEquals(message!.text.includes("\n"), false);
  assertEquals(test.server.texts(7).at(-1), "Done: all pass.");
  assertEquals(test.server.messages.map(({ silent }) => silent), [true, false]);
  const order = test.server.asked.map(({ method }) => method);
  assertEquals(order.lastIndexOf("editMessageText") > order.lastIndexOf("sendMessage"), true);
});

Deno.test("[TG3] a quick answer has no progress message; what says the same is not edited", async () => {
  await using test = await openOut();
  test.online();
  void test.turn(one, { kind: "tool", id: "a" });
  await test.final(one, "quick");
  await test.until(() => test.server.messages.length === 1, "the answer");
  await test.pass(10_000);
  assertEquals(test.server.texts(7), ["quick"]);

  void test.turn(one, { kind: "tool", id: "b" });
  await test.until(() => test.server.messages.length === 2, "progress");
  for (let again = 0; again < 5; again++) {
    void test.turn(one, { kind: "tool", id: "b", rev: again });
    await test.pass(3_000);
  }
  assertEquals(test.server.calls("editMessageText"), 0);
});

Deno.test("[TG3] after a restart the same message goes on, and no second one is sent", async () => {
  await using test = await openOut();
  test.online();
  void test.turn(one, { kind: "tool", summary: "before", id: "a" });
  await test.until(() => test.server.messages.length === 1, "progress");
  await test.restart();
  test.online();
  void test.turn(one, { kind: "tool", summary: "after", id: "b" });
  await test.until(() => test.server.messages[0]!.text.includes("after"), "an edit");
  await test.restart();
  test.online();
  await test.final(one, "done");
  await test.until(() => test.server.messages[0]!.text.startsWith("✅"), "the line");
  assertEquals(test.server.messages.length, 2);
});

Deno.test("[TG3] a refused or lost progress message is not replaced, and interrupts nothing", async () => {
  await using test = await openOut();
  test.online();
  test.server.fault("sendMessage", "lost-after");
  void test.turn(one, { kind: "tool", id: "a" });
  await test.until(() => test.server.messages.length === 1, "progress");
  void test.turn(one, { kind: "tool", id: "b" });
  await test.pass(10_000);
  assertEquals(test.server.messages.length, 1);
  await test.final(one, "answer");
  await test.until(() => test.server.messages.length === 2, "the answer");

  void test.turn(one, { kind: "tool", id: "c" });
  await test.until(() => test.server.messages.length === 3, "the next exchange's");
  test.server.fault("editMessageText", {
    error: 400,
    description: "Bad Request: message can't be edited",
  });
  void test.turn(one, { kind: "tool", id: "d" });
  await test.until(() => test.server.calls("editMessageText") === 1, "a try");
  void test.turn(one, { kind: "tool", id: "e" });
  await test.pass(10_000);
  assertEquals([test.server.messages.length, test.server.calls("editMessageText")], [3, 1]);
  void test.turn(one, { kind: "interrupted" });
  await test.pass(3_000);
  assertEquals(test.server.messages.length, 3);
});

Deno.test("[TG7] how much of the work is shown is a setting", async () => {
  await using test = await openOut();
  await test.want({ progress: "full" });
  test.online();
  for (const id of ["a", "b", "c"]) void test.turn(one, { kind: "tool", summary: `do ${id}`, id });
  await test.until(() => test.server.messages.length === 1, "progress");
  for (const id of ["a", "b", "c"]) assertStringIncludes(test.server.messages[0]!.text, `do ${id}`);
  void test.turn(one, { kind: "interrupted" });
  await test.until(() => test.server.messages[0]!.text.startsWith("⏹ Interrupted"), "the line");
  await test.want({ progress: "off" });
  void test.turn(one, { kind: "tool", id: "d" });
  await test.pass(10_000);
  assertEquals(test.server.messages.length, 1);
});

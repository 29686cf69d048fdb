import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Approval } from "@chatcode/protocol";
import { laptop, one, openOut, USER } from "../testing/open_out.ts";

const approval: Approval = {
  id: "p1",
  tool: "Bash",
  subject: "rm -rf build && make",
  cwd: "/home/olga/workspace/app",
  askedAtMs: 1,
  verdicts: ["allow", "allow-session", "deny"],
};

Deno.test("[TG5] an approval is asked once, with all one must know, and says how it ended", async () => {
  await using test = await openOut();
  test.online();
  test.session(one, { approvals: [approval] });
  test.session(one, { approvals: [approval] });
  await test.until(() => test.server.messages.length === 1, "a card");
  await test.pass(5_000);
  const [card] = test.server.messages;
  assertEquals(test.server.messages.length, 1);
  for (const part of ["Claude Code", "Bash", approval.subject, approval.cwd!, "Fix the tests"]) {
    assertStringIncludes(card!.text, part);
  }
  const data = card!.buttons.flat();
  assertEquals(data.map((each) => each.replace(/:c_.*:/, ":ID:")), ["a:ID:y", "a:ID:s", "a:ID:n"]);
  assertEquals(data.every((each) => new TextEncoder().encode(each).length <= 64), true);
  const row = await test.out.card(data[0]!.split(":")[1]!);
  assertEquals([row?.host, row?.session, row?.approval, row?.account], [
    laptop,
    one,
    "p1",
    test.owner.id,
  ]);
  test.session(one, { approvals: [] });
  test.approvalEnded(one, "p1", "allowed", test.owner.id);
  await test.until(() => card!.edits === 1, "an edit");
  assertStringIncludes(card!.text, "✅ Approved by Owner");
  assertStringIncludes(card!.text, approval.subject);
  assertEquals(card!.buttons, []);
  await test.pass(10_000);
  assertEquals([card!.edits, test.server.messages.length], [1, 1]);
});

Deno.test("[TG5] one that ended while the relay was away loses its buttons, and a new one is asked", async () => {
  await using test = await openOut();
  test.online();
  test.session(one, { approvals: [approval] });
  await test.until(() => test.server.messages.length === 1, "a card");
  await test.restart();
  test.online();
  test.session(one, { approvals: [{ ...approval, id: "p2", subject: "make clean" }] });
  await test.until(() => test.server.messages.length === 2, "the new one");
  await test.until(() => test.server.messages[0]!.edits === 1, "an edit");
  assertStringIncludes(test.server.messages[0]!.text, "Answered elsewhere");
  assertEquals(test.server.messages[0]!.buttons, []);
  assertEquals(test.server.messages[1]!.buttons.length, 3);
});

Deno.test("[TG5] answered before it was sent: no card; after a lost answer: another, which is harmless", async () => {
  await using test = await openOut();
  test.online();
  const pause = { retry_after: 20 };
  test.server.fault("createForumTopic", {
    error: 429,
    description: "Too Many Requests",
    parameters: pause,
  });
  test.session(one, { approvals: [approval] });
  await test.until(() => test.server.calls("createForumTopic") === 1, "a try");
  test.session(one, { approvals: [] });
  test.approvalEnded(one, "p1", "denied", test.owner.id);
  await test.pass(30_000);
  assertEquals(test.server.messages, []);

  test.server.fault("sendMessage", "lost-after");
  test.session(one, { approvals: [{ ...approval, id: "p2" }] });
  await test.until(() => test.server.messages.length === 2, "a second copy");
  assertEquals(await test.out.missing(), []);
  test.approvalEnded(one, "p2", "expired");
  await test.until(() => test.server.messages[1]!.edits === 1, "an edit");
  assertStringIncludes(test.server.messages[1]!.text, "Expired");
});

Deno.test("[TG5] an approval goes before answers that wait, and a long command comes whole", async () => {
  await using test = await openOut();
  test.online();
  for (let at = 0; at < 5; at++) await test.final(one, `answer ${at}`);
  const subject = Array.from({ length: 6_000 }, (_, at) => `line${at}`).join("\n");
  test.session(one, { approvals: [{ ...approval, subject }] });
  await test.until(() => test.server.messages.length >= 6, "all");
  const at = test.server.messages.findIndex(({ buttons }) => buttons.length === 3);
  assertEquals(at <= 2, true, `it came as number ${at + 1}`);
  await test.until(() => test.server.messages.some(({ document }) => document), "the document");
  const file = test.server.messages.find(({ document }) => document)!;
  assertStringIncludes(file.document!.content, subject);
  assertEquals(file.chat, USER);
});

import { assertEquals, assertStringIncludes } from "@std/assert";
import { ProtocolError, sessionId } from "@chatcode/protocol";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { assertGoodManners, inTopic } from "./in_topic.ts";

Deno.test("[TG2] text and changes of it: seen to arrive, or refused with the reason", async () => {
  await using test = await inTopic();
  const { site, machine, topic } = test;
  const first = site.say("fix the tests", topic);
  await waitFor(() => first.reactions.includes("👍"), { what: "the reaction" });
  assertEquals(test.lastPrompt()?.text, "fix the tests");
  machine.answers["prompts.send"] = () => {
    throw new ProtocolError("PROMPT_REFUSED", "Cannot send: the agent asks for leave first");
  };
  const refused = site.say("and go on", topic);
  const answer = await site.seen(({ replyTo }) => replyTo === refused.id, "the reason");
  assertStringIncludes(answer.text, "the agent asks for leave first");
  assertEquals(answer.topic, topic);
  machine.answers["prompts.send"] = () => ({ outcome: "queued", changes: [] });
  site.bot.people.edit(first, "fix all the tests");
  const offer = await site.seen(({ text }) => text.includes("a change is not sent"), "the offer");
  await site.press(offer, "Send it as it is now");
  await waitFor(() => first.reactions.includes("👌"), { what: "the reaction" });
  assertEquals(test.lastPrompt()?.text, "fix all the tests");
  assertGoodManners(site.bot);
});

Deno.test("[TG5] an approval by its button, by hand elsewhere, and too late", async () => {
  await using test = await inTopic();
  const { site, machine, session, topic } = test;
  const approval = (id: string) => ({
    id,
    tool: "Bash",
    subject: `touch ${id}.txt`,
    cwd: "/w",
    askedAtMs: Date.now(),
    verdicts: ["allow", "deny"] as ("allow" | "deny")[],
  });
  const asked = async (id: string) => {
    machine.tell({ ...session, status: "waiting", approvals: [approval(id)] });
    return await site.seen(
      ({ text, buttons }) => text.includes(`touch ${id}.txt`) && buttons.length > 0,
      `the approval ${id}`,
    );
  };
  const over = (id: string, outcome: "allowed" | "elsewhere") => {
    machine.tell({ ...session, approvals: [] });
    machine.settle({ session: sessionId.parse("s_1"), id, outcome });
  };
  machine.answers["approvals.answer"] = ({ approval }: { approval: string }) => {
    over(approval, "allowed");
    return { outcome: "allowed" };
  };
  const first = await asked("one");
  assertEquals(first.topic, topic);
  const press = await site.press(first, "Allow");
  assertEquals(press.answer?.text, "Allowed.");
  await waitFor(() => first.buttons.length === 0, {
    what: "the end of its buttons",
    deadlineMs: 30_000,
  });

  const second = await asked("two");
  const data = second.buttons.flat()[0]?.data ?? "";
  over("two", "elsewhere");
  await waitFor(() => second.buttons.length === 0, {
    what: "the end of its buttons",
    deadlineMs: 30_000,
  });
  const late = site.bot.people.pressData(site.ada, second, data);
  await waitFor(() => late.answer?.alert, { what: "the alert" });
  const eve = site.bot.people.user("Eve");
  const stranger = site.bot.people.pressData(eve, second, data);
  await waitFor(() => stranger.answer?.alert, { what: "the stranger's alert" });
  assertEquals(machine.count("approvals.answer"), 1);
  assertGoodManners(site.bot);
});

Deno.test("[TG5] [VOX1] voice is heard, echoed and sent; nothing said is nothing sent", async () => {
  const heard: string[] = [];
  let words = " add a test for the login ";
  await using endpoint = served(async (req) => {
    const form = await req.formData();
    const file = form.get("file");
    heard.push(file instanceof File ? `${file.name} ${file.size}` : "no file");
    return Response.json({ text: words });
  });
  await using test = await inTopic({ flags: ["--stt-url", `${endpoint.url}/v1`] });
  const { site, topic } = test;
  const voice = { kind: "voice", bytes: new Uint8Array([0x4f, 0x67, 0x67, 0x53]) } as const;
  const message = site.bot.people.send(site.ada, site.chat, voice, { topic });
  const echo = await site.seen(({ text }) => text.includes("add a test for the login"), "the echo");
  assertEquals([echo.replyTo, echo.topic], [message.id, topic]);
  await waitFor(() => message.reactions.includes("👍"), {
    what: "the reaction",
    deadlineMs: 30_000,
  });
  assertEquals(test.lastPrompt()?.text, "add a test for the login");
  assertEquals(heard, ["voice.ogg 4"]);
  words = "  ";
  site.bot.people.send(site.ada, site.chat, voice, { topic });
  await site.seen(({ text }) => text.includes("Nothing was heard"), "that nothing was heard");
  assertEquals(test.machine.count("prompts.send"), 1);
  assertGoodManners(site.bot);
});

function served(answer: (req: Request) => Promise<Response>) {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, answer);
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

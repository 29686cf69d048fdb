import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ProtocolError } from "@chatcode/protocol";
import { assertGoodManners, inTopic } from "./in_topic.ts";

Deno.test("[TG5] files that an agent names: a button each, and a link for whoever presses it", async () => {
  await using test = await inTopic();
  const { site, machine, topic } = test;
  machine.answers["files.stat"] = ({ path }: { path: string }) => {
    if (path !== "out/report.md") {
      throw new ProtocolError("FILE_NOT_FOUND", "Cannot open the file: it does not exist");
    }
    return {
      path: "/w/out/report.md",
      name: "report.md",
      kind: "file",
      size: 1_200,
      modifiedAtMs: 1,
      mediaType: "text/markdown",
    };
  };
  machine.say("s_1", {
    kind: "final",
    text: "The report is in [out/report.md](out/report.md), the log in `run.log`.",
  });
  const final = await site.seen(({ text }) => text.startsWith("The report"), "the final");
  assertEquals([final.topic, final.silent], [topic, false]);
  assertEquals(final.buttons.map((line) => line.map(({ text }) => text)), [
    ["📄 report.md"],
    ["📄 run.log"],
  ]);

  const press = await site.press(final, "report.md");
  assertEquals(press.answer?.alert ?? false, false);
  const link = await site.seen(({ text }) => text.startsWith("📄"), "the link");
  assertEquals([link.topic, link.silent], [topic, true]);
  assertStringIncludes(link.text, "report.md · 1.2 kB\nThe link lasts 5 minutes");
  const url = link.buttons.flat()[0]?.url ?? link.text.split("\n").at(-1) ?? "";
  assertMatch(url, /^http:\/\/[^/]+\/p\/[\w-]+$/);
  // Without a cookie: whoever has it sees what the machine then gives.
  await (await fetch(url)).body?.cancel();
  const [opened] = machine.asked.filter(({ method }) => method === "files.open");
  assertEquals((opened?.params as { path: string } | undefined)?.path, "/w/out/report.md");

  const gone = await site.press(final, "run.log");
  assertEquals(gone.answer, { text: "The file cannot be shown: it does not exist.", alert: true });
  const eve = site.bot.people.user("Eve", "eve");
  const foreign = await site.press(final, "report.md", eve);
  assertStringIncludes(foreign.answer?.text ?? "", "not linked");
  assertEquals(machine.count("files.stat"), 2);
  assertEquals(site.chat.messages.filter(({ text }) => text.startsWith("📄")).length, 1);
  assertGoodManners(site.bot);
});

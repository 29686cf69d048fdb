import { assertEquals, assertStringIncludes } from "@std/assert";
import { ProtocolError, sessionId } from "@chatcode/protocol";
import { rows } from "../../kv/keys.ts";
import { ADA, pressed } from "../testing/incoming.ts";
import { openBot } from "../testing/open_bot.ts";

const STRANGER = { id: 99, name: "Eve" };

/** A message in topic 5 with a button of `src/notes.md`. */
async function openWithFile(options: { previewOrigin?: string } = {}) {
  const lab = await openBot(options);
  const session = sessionId.parse("s_1");
  await lab.topic("s_1", 5);
  const file = { chat: ADA.id, host: lab.host, session, path: "src/notes.md" };
  await lab.store.set(rows.telegramFile("f_1"), file);
  lab.answers["files.stat"] = () => ({
    path: "/w/src/notes.md",
    name: "notes.md",
    kind: "file",
    size: 2_345,
    modifiedAtMs: 1,
    mediaType: "text/markdown",
  });
  return lab;
}

const press = (update: number, data = "l:f_1") => pressed(update, data, { thread: 5 });

Deno.test("[TG5] a file's button answers with a link, quietly and in its topic", async () => {
  await using lab = await openWithFile({ previewOrigin: "https://files.example" });
  await lab.online([lab.session("s_1")]);
  await lab.work(press(1));
  const { last } = lab.replies;
  assertEquals(
    last.text,
    [
      "📄 notes.md · 2.3 kB",
      "The link lasts 5 minutes and shows the file to whoever has it.",
    ].join("\n"),
  );
  assertEquals([last.place, last.quiet], [{ chat: ADA.id, thread: 5 }, true]);
  const [button] = last.buttons;
  assertStringIncludes(button && "url" in button ? button.url : "", "https://files.example/p/");
  assertEquals(lab.replies.answers, [""]);
  const [{ method, params }] = lab.asked as [typeof lab.asked[number]];
  assertEquals([method, params], ["files.stat", {
    host: lab.host,
    path: "src/notes.md",
    session: "s_1",
  }]);
  // The same press after a restart says nothing new.
  await lab.work(press(1));
  assertEquals(lab.replies.said.length, 1);
});

Deno.test("[TG5] an address that Telegram does not open stands as text", async () => {
  await using lab = await openWithFile({ previewOrigin: "http://localhost:8420" });
  await lab.online([lab.session("s_1")]);
  await lab.work(press(1));
  assertEquals(lab.replies.last.buttons, []);
  assertStringIncludes(lab.replies.last.text, "\nhttp://localhost:8420/p/");
});

Deno.test("[TG5] no link: the reason is shown to whoever pressed, and nothing is said", async () => {
  await using lab = await openWithFile();
  await lab.work(press(1));
  await lab.online([lab.session("s_1")]);
  for (
    const [code, why] of [
      ["FILE_NOT_FOUND", "it does not exist"],
      ["FILE_NOT_ALLOWED", "it lies neither in the workspace nor openly in the home folder"],
    ] as const
  ) {
    lab.answers["files.stat"] = () => {
      throw new ProtocolError(code, `Cannot open the file: ${why}`);
    };
    await lab.work(press(code.length, "l:f_1"));
  }
  await lab.work(press(40, "l:f_unknown"));
  await lab.work(press(41, "l"));
  const asked = lab.asked.length;
  await lab.work(pressed(42, "l:f_1", { from: STRANGER, thread: 5 }));
  await lab.store.set(rows.account(lab.account.id), { ...lab.account, role: "viewer" });
  await lab.work(press(43));
  assertEquals(lab.asked.length, asked, "who may not is not passed on");
  assertEquals(lab.replies.answers, [
    "! The file cannot be shown: the machine is offline. Its sessions run on; try again when it is back.",
    "! The file cannot be shown: it does not exist.",
    "! The file cannot be shown: it lies neither in the workspace nor openly in the home folder.",
    "! That button is too old. The session has the file's name.",
    "! That button is too old. The session has the file's name.",
    "! You are not linked any more.",
    "! The file cannot be shown: your account may only watch.",
  ]);
  assertEquals(lab.replies.said, []);
});

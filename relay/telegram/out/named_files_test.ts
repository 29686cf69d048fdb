import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { prefixes, type TelegramFileRow } from "../../kv/keys.ts";
import { laptop, one, openOut, USER } from "../testing/open_out.ts";
import { MAX_NAMED_FILES, namedFiles } from "./named_files.ts";

const PAGE = ["https://code.example.org/s/h_1/s_1"];

type Test = Awaited<ReturnType<typeof openOut>>;

/** What the buttons of files stand for, by their data. */
async function kept({ store }: Test): Promise<Map<string, TelegramFileRow>> {
  const found = await Array.fromAsync(store.list(prefixes.telegramFiles, { limit: 100 }));
  return new Map(found.map(({ key, value }) => [`l:${String(key.at(-1))}`, value]));
}

Deno.test("[TG5] the first files that a final message names have buttons, kept before it is sent", async () => {
  await using test = await openOut();
  test.online();
  test.server.fault("sendMessage", {
    error: 429,
    description: "Too Many Requests",
    parameters: { retry_after: 30 },
  });
  const text = "See `notes.md`, src/a.ts:7, [it](out/plot.png), `notes.md` again and `d.txt`.";
  await test.final(one, text, "t1");
  await test.final(one, text, "t1");
  assertEquals((await kept(test)).size, MAX_NAMED_FILES);
  await test.until(() => test.server.messages.length === 1, "a message");
  const [...lines] = test.server.messages[0]!.buttons;
  assertEquals(lines.pop(), PAGE);
  const rows = await kept(test);
  const about = { chat: USER, host: laptop, session: one };
  assertEquals(lines.map(([data]) => rows.get(data!)), [
    { ...about, path: "notes.md" },
    { ...about, path: "src/a.ts" },
    { ...about, path: "out/plot.png" },
  ]);
  for (const [data] of lines) assertMatch(data!, /^l:f_[A-Za-z0-9_-]{16,40}$/);
  await test.chats.unlink(test.owner.id);
  assertEquals((await kept(test)).size, 0, "what is known of the chat goes with the link");
});

Deno.test("[TG5] a failure names no files; a final without any has only its link", async () => {
  await using test = await openOut();
  test.online();
  await test.turn(one, { kind: "error", text: "`src/a.ts` is broken" });
  await test.final(one, "All green.");
  await test.until(() => test.server.messages.length === 2, "both");
  assertEquals(test.server.messages.map(({ buttons }) => buttons), [[PAGE], [PAGE]]);
  assertEquals((await kept(test)).size, 0);
});

Deno.test("[TG5] messages that waited and are joined keep the buttons of all", async () => {
  await using test = await openOut();
  test.online();
  test.server.fault("createForumTopic", {
    error: 429,
    description: "Too Many Requests",
    parameters: { retry_after: 120 },
  });
  await test.final(one, "wrote `a.ts`");
  await test.final(one, "wrote `b.ts`");
  await test.until(() => test.server.messages.length === 1, "one message");
  const [message] = test.server.messages;
  assertStringIncludes(message!.text, "2 messages that waited");
  const rows = await kept(test);
  const [...lines] = message!.buttons;
  assertEquals(lines.pop(), PAGE);
  assertEquals(lines.map(([data]) => rows.get(data!)?.path), ["a.ts", "b.ts"]);
});

Deno.test("[TG5] a button has the file's name, and the folder where the name is not enough", () => {
  const named = (markdown: string) =>
    namedFiles(markdown, { chat: USER, about: { host: laptop, session: one } })
      .buttons.map(([button]) => button!.text);
  assertEquals(named("`src/in/mod.ts` `src/out/mod.ts` `~/x/notes.md`"), [
    "📄 in/mod.ts",
    "📄 out/mod.ts",
    "📄 notes.md",
  ]);
  const [long] = named(`\`a/${"x".repeat(300)}.md\``);
  assertEquals(long!.length <= 64, true);
  assertEquals(named("nothing"), []);
});

import { assert, assertEquals } from "@std/assert";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { Child } from "../harness/child.ts";
import { PaneTmux } from "../harness/pane_tmux.ts";
import { entry } from "../harness/root.ts";
import { BotApi } from "./bot_api/mod.ts";
import { seenIn } from "./telegram_site.ts";

Deno.test("[TG1] `deno task start --telegram-token-file F` brings the bot, and tells its token to nobody", async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "cc-e2e-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const tmux = stack.use(new PaneTmux());
  const bot = stack.use(new BotApi());
  // A laptop that nobody can call.
  bot.faults.plan("setWebhook", { kind: "error", code: 400, description: "Bad Request" }, 100);
  await Deno.mkdir(`${folder}/workspace`);
  await Deno.writeTextFile(`${folder}/token`, `${bot.token}\n`, { mode: 0o600 });
  const args = ["run", "-A", entry("tools/start.ts"), "--json", "--verbose", "--port", "0"]
    .concat("--data", `${folder}/data`, "--telegram-token-file", "token");
  const start = stack.use(
    new Child("start", {
      args,
      env: {
        INIT_CWD: folder,
        CHATCODE_TELEGRAM_API_ROOT: bot.apiRoot,
        CHATCODE_WORKSPACE: `${folder}/workspace`,
        CHATCODE_TMUX_SOCKET: tmux.socketName,
      },
    }),
  );
  await start.line(({ url }) => url !== undefined, "where it is", { deadlineMs: 120_000 });
  await waitFor(() => bot.calls.some(({ method }) => method === "getUpdates"), {
    what: "the bot to ask",
    deadlineMs: 60_000,
  });
  const ada = bot.people.user("Ada");
  const chat = bot.people.privateChat(ada);
  bot.people.say(ada, chat, "hello?");
  await seenIn(chat, ({ text }) => text.includes("only talks to people who are linked"), "a line");
  assert(await start.stop());
  const secret = bot.token.split(":")[1] ?? "";
  for (const log of ["relay.log", "gateway.log"]) {
    assertEquals((await Deno.readTextFile(`${folder}/data/${log}`)).includes(secret), false, log);
  }
  assertEquals(JSON.stringify(start.lines).includes(secret), false);
  assertEquals(bot.invalid, []);
});

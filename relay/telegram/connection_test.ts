import { assertEquals, assertMatch } from "@std/assert";
import { createLog } from "@chatcode/kit";
import { FakeClock } from "../../kit/testing/fake_clock.ts";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { openBotApi } from "./bot_api.ts";
import { Connection } from "./connection.ts";
import { COMMANDS } from "./in/commands/mod.ts";
import { textOf } from "./testing/incoming.ts";
import { PlayedBotApi } from "./testing/played_bot_api.ts";

const ME = {
  id: 1234,
  is_bot: true,
  first_name: "C",
  username: "our_bot",
  has_topics_enabled: true,
};

async function connect(
  options: { publicUrl?: string; answers?: PlayedBotApi["answers"] } = {},
) {
  await using stack = new AsyncDisposableStack();
  const played = stack.use(new PlayedBotApi());
  const updates: unknown[] = [];
  Object.assign(played.answers, {
    getMe: () => ME,
    getMyCommands: () => [],
    setMyCommands: () => true,
    setWebhook: () => true,
    deleteWebhook: () => true,
    getUpdates: async () => {
      // Telegram holds the question for a while where there is nothing to say.
      if (updates.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      return updates.splice(0);
    },
  }, options.answers);
  const clock = new FakeClock();
  const taken: string[] = [];
  const lines: string[] = [];
  const connection = stack.use(
    new Connection({
      bot: openBotApi({ token: played.token, apiRoot: played.root }),
      publicUrl: new URL(options.publicUrl ?? "https://chatcode.example/"),
      apiRoot: "https://api.telegram.org",
      secret: "s3cret",
      clock,
      log: createLog({ write: (line) => lines.push(line), pretty: false }),
      take: (incoming) => {
        taken.push(textOf(incoming));
        return Promise.resolve("taken");
      },
      onKnown: () => Promise.resolve(),
    }),
  );
  const held = stack.move();
  return {
    played,
    connection,
    clock,
    updates,
    taken,
    lines,
    ready: () => waitFor(() => connection.state.state === "ready", { what: "the bot" }),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

Deno.test("where Telegram can call, it is told where, with the secret", async () => {
  await using test = await connect();
  await test.ready();
  const url = "https://chatcode.example/telegram/webhook/1234";
  assertEquals(test.played.asked("setWebhook"), [{
    url,
    secret_token: "s3cret",
    allowed_updates: ["message", "edited_message", "callback_query", "my_chat_member"],
    max_connections: 40,
  }]);
  assertEquals(test.connection.webhookUrl, url);
  assertEquals(test.played.asked("getUpdates"), []);
  assertEquals(test.lines.join("").includes("s3cret"), false);
});

Deno.test("where it cannot, it is asked, and each answer confirms the one before", async () => {
  await using test = await connect({ publicUrl: "http://127.0.0.1:8420/" });
  await test.ready();
  assertEquals(test.connection.webhookUrl, null);
  assertEquals(test.played.asked("deleteWebhook"), [{ drop_pending_updates: false }]);
  const from = { id: 7, is_bot: false, first_name: "Ada" };
  const chat = { id: 7, type: "private" };
  test.updates.push({
    update_id: 41,
    message: { message_id: 1, date: 1, from, chat, text: "hello" },
  });
  await waitFor(() => test.taken.length === 1, { what: "the update" });
  await waitFor(() => test.played.asked("getUpdates").at(-1)?.offset === 42, {
    what: "the next question",
  });
  assertEquals(test.taken, ["hello"]);
});

Deno.test("a webhook that Telegram does not take is made up for by asking", async () => {
  const refusal = { error_code: 400, description: "Bad Request: bad webhook: no such host" };
  await using test = await connect({ answers: { setWebhook: () => refusal } });
  await test.ready();
  const { state } = test.connection;
  assertEquals(state.state === "ready" && [state.mode, state.why], ["poll", refusal.description]);
});

Deno.test("the menu is set when it is another, and left alone when it is not", async () => {
  await using first = await connect();
  await first.ready();
  const [set] = first.played.asked("setMyCommands");
  assertEquals((set?.commands as unknown[]).length, COMMANDS.length);
  await using again = await connect({ answers: { getMyCommands: () => set?.commands } });
  await again.ready();
  assertEquals(again.played.asked("setMyCommands"), []);
});

Deno.test("Telegram that cannot be reached is tried again, a token it refuses much later", async () => {
  let answers = 0;
  const down = { error_code: 502, description: "Bad Gateway" };
  await using test = await connect({ answers: { getMe: () => ++answers < 3 ? down : ME } });
  while (test.connection.state.state !== "ready") {
    await waitFor(() => test.clock.pending > 0 || test.connection.state.state === "ready", {
      what: "the wait",
    });
    await test.clock.advance(15_000);
  }
  assertEquals(answers, 3);
  const unknown = { error_code: 401, description: "Unauthorized" };
  await using refused = await connect({ answers: { getMe: () => unknown } });
  await waitFor(() => refused.clock.pending > 0, { what: "the wait" });
  await refused.clock.advance(299_000);
  assertEquals(refused.played.asked("getMe").length, 1);
  const { state } = refused.connection;
  assertMatch(state.state === "connecting" ? state.why ?? "" : "", /401 Unauthorized/);
});

Deno.test("every command fits Telegram's menu", () => {
  for (const { name, about } of COMMANDS) {
    assertMatch(name, /^[a-z0-9_]{1,32}$/);
    assertEquals(about.length >= 1 && about.length <= 256, true);
  }
});

import { assertEquals } from "@std/assert";
import { FakeClock } from "../../kit/testing/fake_clock.ts";
import { accountId } from "../kv/keys.ts";
import { openStore } from "../kv/open.ts";
import { openBotApi } from "./bot_api.ts";
import { Chats } from "./chats.ts";
import { examineBot } from "./doctor.ts";
import { PlayedBotApi } from "./testing/played_bot_api.ts";

const URL_OURS = "https://chatcode.example/telegram/webhook/1234";
const account = accountId.parse(`acc_${"a".repeat(22)}`);

async function examine(
  options: {
    answers?: PlayedBotApi["answers"];
    webhookUrl?: string | null;
    linked?: boolean;
    missing?: number;
  } = {},
) {
  const { webhookUrl = URL_OURS, linked = true } = options;
  await using played = new PlayedBotApi();
  using store = await openStore({ kind: "memory" });
  const clock = new FakeClock(1_700_000_000_000);
  const chats = new Chats(store, clock);
  if (linked) await chats.link({ account, user: 7, name: "Ada", topics: true });
  if (linked) await chats.addGroup({ id: -5, account, title: "Team", topics: true });
  Object.assign(played.answers, {
    getMe: () => ({ username: "our_bot", has_topics_enabled: true, can_join_groups: true }),
    getWebhookInfo: () => ({ url: URL_OURS, pending_update_count: 0 }),
    getChatMember: () => ({ status: "administrator", can_manage_topics: true }),
  }, options.answers);
  const checks = await examineBot({
    bot: openBotApi({ token: played.token, apiRoot: played.root }),
    chats,
    webhookUrl,
    hasVoice: true,
    missing: options.missing ?? 0,
    nowMs: clock.now(),
  });
  return checks.filter(({ state }) => state !== "ok").map(({ state, text }) => `${state}: ${text}`);
}

Deno.test("a bot that is well has nothing to mend", async () => {
  assertEquals(await examine(), []);
  const polling = { getWebhookInfo: () => ({ url: "", pending_update_count: 0 }) };
  assertEquals(await examine({ answers: polling, webhookUrl: null }), []);
});

for (
  const [what, answers, expected] of [
    ["a token that is not known", {
      getMe: () => ({ error_code: 401, description: "Unauthorized" }),
    }, ["bad: Telegram does not know the token"]],
    ["private chats without topics", {
      getMe: () => ({ username: "our_bot", has_topics_enabled: false, can_join_groups: true }),
    }, ["warn: Private chats have no topics: all sessions share the chat"]],
    ["no webhook", {
      getWebhookInfo: () => ({ url: "", pending_update_count: 0 }),
    }, ["bad: Telegram has no webhook for the bot"]],
    ["another's webhook", {
      getWebhookInfo: () => ({
        url: "https://other.example/hook/1234:abc",
        pending_update_count: 0,
      }),
    }, ["bad: Telegram calls https://other.example instead of this relay"]],
    ["a webhook that fails", {
      getWebhookInfo: () => ({
        url: URL_OURS,
        pending_update_count: 500,
        last_error_date: 1_699_999_880,
        last_error_message: "Connection refused",
      }),
    }, [
      "warn: Telegram could not deliver 2 min ago: Connection refused",
      "warn: 500 updates wait at Telegram",
    ]],
    ["a webhook that failed long ago", {
      getWebhookInfo: () => ({
        url: URL_OURS,
        pending_update_count: 0,
        last_error_date: 1_600_000_000,
      }),
    }, []],
    ["a group without the right for topics", {
      getChatMember: () => ({ status: "member" }),
    }, ['bad: "Team": the bot may not manage topics']],
  ] as [string, PlayedBotApi["answers"], string[]][]
) {
  Deno.test(`the doctor tells of ${what}`, async () => {
    assertEquals(await examine({ answers }), expected);
  });
}

Deno.test("the doctor tells when nobody is linked, and when another program has the bot", async () => {
  assertEquals(await examine({ linked: false }), ["warn: Nobody is linked"]);
  assertEquals(await examine({ missing: 2 }), [
    "warn: 2 messages may not have arrived in the last week",
  ]);
  assertEquals(await examine({ webhookUrl: null }), [
    "bad: Another program has taken the bot: a webhook is set that is not ours",
  ]);
});

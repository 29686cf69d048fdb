import { assert, assertEquals } from "@std/assert";
import { findChromium } from "../../kit/testing/chromium.ts";
import { skipWhen } from "../../kit/testing/skip.ts";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { AgentSite } from "../agents/agent_site.ts";
import { installAgents } from "../agents/install.ts";
import { DESKTOP, TestBrowser } from "../harness/browser.ts";
import { signIn } from "../harness/journey.ts";
import { BotApi, type SeenMessage } from "./bot_api/mod.ts";
import { botFlags, Browser, linkByPage, seenIn } from "./telegram_site.ts";

const agents = await installAgents();
const chromium = findChromium();
const missing = agents.missing ?? ("missing" in chromium ? chromium.missing : undefined);

/** An agent may be slow on a busy machine, in milliseconds. */
const AGENT_LIMIT_MS = 90_000;

Deno.test({
  ...skipWhen("[TG2] [TG5] a real agent in a topic and in the browser, both ways", missing),
  async fn() {
    await using stack = new AsyncDisposableStack();
    const folder = await Deno.makeTempDir({ prefix: "cc-e2e-" });
    stack.defer(() => Deno.remove(folder, { recursive: true }));
    const bot = stack.use(new BotApi());
    const relayFlags = await botFlags(bot, folder);
    const site = stack.use(await AgentSite.open(agents, { hooks: true, relayFlags }));
    const { people } = bot;
    const ada = people.user("Ada");
    const chat = people.privateChat(ada);
    await linkByPage(await Browser.signIn(site.relay), bot, ada, chat);
    const until = (condition: () => unknown, what: string) =>
      waitFor(condition, { what, deadlineMs: AGENT_LIMIT_MS });
    const seen = (fits: (message: SeenMessage) => boolean, what: string, after = 0) =>
      seenIn(chat, fits, what, { after, deadlineMs: AGENT_LIMIT_MS });

    try {
      // Started in Telegram.
      people.say(ada, chat, "/new");
      const wish = await seen(({ text }) => text.startsWith("In which folder?"), "the folders");
      people.press(ada, wish, "✅ Here");
      await until(() => wish.text.startsWith("Which agent?"), "the agents");
      const claude = wish.buttons.flat().find(({ text }) => text.startsWith("Claude Code"));
      people.pressData(ada, wish, claude?.data ?? "");
      await until(() => wish.text.startsWith("What is it called?"), "the title");
      people.say(ada, chat, "demo");
      const greeting = await seen(({ text }) => text.startsWith("demo has started"), "the topic");
      const { topic } = greeting;
      assert(topic !== undefined && chat.topics.get(topic)?.name === "demo");
      const snapshot = async () => (await site.client.request("state.snapshot", {})).sessions[0];
      await until(async () => (await snapshot())?.status === "idle", "the agent to be idle");
      const session = (await snapshot())?.id ?? "";

      // A prompt in the topic: progress, an approval by button, the final message.
      const prompt = people.say(
        ada,
        chat,
        "make it [[note:I will make a file]] [[tool:touch made.txt]] [[say:It is **made**.]]",
        { topic },
      );
      await until(() => prompt.reactions.includes("👍"), "the prompt to be delivered");
      const progress = await seen(
        ({ silent, topic: of }) => silent && of === topic,
        "the progress message",
        prompt.id,
      );
      const card = await seen(
        ({ text, buttons }) => text.includes("touch made.txt") && buttons.length > 0,
        "the approval",
      );
      assertEquals(card.silent, false);
      const allow = card.buttons.flat().find(({ text }) => text.includes("Allow"));
      const press = people.pressData(ada, card, allow?.data ?? "");
      const final = await seen(({ text }) => text === "It is made.", "the final message");
      assertEquals([final.silent, final.topic], [false, topic]);
      assertEquals(final.entities.map(({ type }) => type), ["bold"]);
      await until(() => press.answer?.text === "Allowed.", "the answer to the press");
      await until(() => card.text.includes("Approved by") && card.buttons.length === 0, "its end");
      await until(() => !progress.text.includes("\n"), "the progress to be one line");
      const made = (name: string) =>
        Deno.stat(`${site.workspace}/${name}`).then(() => true, () => false);
      assert(await made("made.txt"));

      // The same conversation in the browser, and back.
      const browser = stack.use(await TestBrowser.launch());
      const tab = stack.use(await browser.tab(DESKTOP));
      const { page } = tab;
      page.setDefaultTimeout(AGENT_LIMIT_MS);
      await signIn(page, await site.relay.signInLink());
      await page.goto(`${site.relay.url}/s/${site.host}/${session}`);
      await page.getByTestId("view-conversation").click();
      await page.getByText("It is made.").first().waitFor();
      await page.getByText("make it").first().waitFor();
      await until(async () => (await snapshot())?.status === "idle", "the agent to be idle");
      await page.getByTestId("prompt-box").fill("greet [[say:Hello from the browser]]");
      await page.getByTestId("send").click();
      const echoed = await seen(({ text }) => text === "Hello from the browser", "the final");
      assertEquals(echoed.topic, topic);

      // Asked in Telegram, answered in the browser.
      await until(async () => (await snapshot())?.status === "idle", "the agent to be idle");
      people.say(ada, chat, "and no [[tool:touch denied.txt]] [[say:As you wish]]", { topic });
      const other = await seen(
        ({ text, buttons }) => text.includes("touch denied.txt") && buttons.length > 0,
        "the second approval",
      );
      await page.getByTestId("approval").getByText("touch denied.txt").waitFor();
      await page.getByTestId("verdict-deny").click();
      await until(() => other.text.includes("Denied by") && other.buttons.length === 0, "its end");
      assertEquals(await made("denied.txt"), false);
      tab.assertClean();
    } catch (cause) {
      const shown = chat.messages.map(({ id, from, topic, text }) =>
        `${id} ${topic ?? "-"} ${from?.first_name ?? "bot"}: ${text}`
      );
      throw new Error(
        `${cause}\nThe chat:\n${shown.join("\n")}\nThe screens:\n${await site.screens()}`,
        { cause },
      );
    }
    assertEquals(bot.invalid, []);
    assertEquals(bot.rates.breaches, []);
  },
});

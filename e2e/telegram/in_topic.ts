import { assert, assertEquals } from "@std/assert";
import { waitFor } from "../../kit/testing/wait_for.ts";
import type { BotApi } from "./bot_api/mod.ts";
import { connectMachine, TelegramSite, type TelegramSiteOptions } from "./telegram_site.ts";

/** Ada, linked, with a machine on which one session of an agent runs, in its topic. */
export async function inTopic(options: TelegramSiteOptions = {}) {
  await using stack = new AsyncDisposableStack();
  const site = stack.use(await TelegramSite.start(options));
  const browser = await site.link();
  const credentials = await site.relay.createGateway("box");
  const machine = stack.use(await connectMachine(site.relay, credentials));
  machine.answers["prompts.send"] = () => ({ outcome: "delivered", turn: "t", changes: [] });
  const session = machine.session("s_1", { title: "api" });
  machine.tell(session);
  machine.say("s_1", { kind: "final", text: "Here I am." });
  const { topic } = await site.seen(({ text }) => text.includes("Here I am."), "the first final");
  assert(topic !== undefined);
  const held = stack.move();
  return {
    site,
    browser,
    machine,
    session,
    topic,
    /** What the last prompt said and named. */
    lastPrompt: () =>
      machine.asked.findLast(({ method }) => method === "prompts.send")?.params as
        | { text: string; files?: string[] }
        | undefined,
    prompts: (number: number) =>
      waitFor(() => machine.count("prompts.send") === number, {
        what: `${number} prompts`,
        deadlineMs: 30_000,
      }),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/** No call that Telegram does not know, and none too fast. */
export function assertGoodManners(bot: BotApi): void {
  assertEquals(bot.invalid, []);
  assertEquals(bot.rates.breaches, []);
}

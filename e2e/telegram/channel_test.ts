import { silentLog, systemClock } from "@chatcode/kit";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { channelContract, type ChannelLab } from "../../relay/channels/channel_contract.ts";
import { type Role, rows } from "../../relay/kv/keys.ts";
import { openTelegram } from "../../relay/telegram/telegram.ts";
import { openSockets } from "../../relay/testing/open_sockets.ts";
import { PlayedMachine } from "../../relay/testing/played_machine.ts";
import { Voice } from "../../relay/voice/voice.ts";
import { BotApi, type SeenMessage } from "./bot_api/mod.ts";
import { seenIn } from "./telegram_site.ts";

/** What a person at Telegram sees and does, by the stand-in; the webhook is a server of the test's. */
async function openBotChannel({ role }: { role: Role }): Promise<ChannelLab> {
  await using stack = new AsyncDisposableStack();
  const sockets = stack.use(await openSockets());
  const { store, account } = sockets;
  const bot = stack.use(new BotApi());
  let webhook = (_: Request): Promise<Response> | Response => new Response(null, { status: 503 });
  const options = { port: 0, hostname: "127.0.0.1", onListen: () => {} };
  const server = Deno.serve(options, (req) => webhook(req));
  stack.defer(() => server.shutdown());
  const telegram = stack.use(
    await openTelegram({
      ...sockets,
      config: { token: bot.token, apiRoot: bot.apiRoot },
      voice: new Voice(null, { clock: systemClock, log: silentLog }),
      files: sockets.uploads,
      publicUrl: new URL(`http://127.0.0.1:${server.addr.port}`),
      instance: "i-test",
      isAlone: true,
      clock: systemClock,
      log: silentLog,
    }),
  );
  webhook = (req) => telegram.webhook(req);
  await waitFor(() => telegram.state.state === "ready", { what: "the bot" });
  await store.set(rows.account(account.id), { ...account, role });
  const ada = bot.people.user("Ada");
  const chat = bot.people.privateChat(ada);
  const principal = await sockets.auth.principalOf(account.id, { kind: "telegram", id: "x" });
  if (principal === null) throw new Error("No account");
  bot.people.say(ada, chat, `/start ${(await telegram.pair(principal)).code}`);
  const welcome = await seenIn(chat, ({ text }) => text.includes("You are linked"), "the welcome");
  const credentials = await sockets.registerHost();
  const machine = stack.use(
    new PlayedMachine(credentials.id, await sockets.host(credentials)),
  );
  const own = (session: string): SeenMessage[] => {
    const topic = chat.topics.values().find(({ name }) => name === session)?.id ?? -1;
    return chat.messages.filter(({ topic: of, from }) => of === topic && from === undefined);
  };
  const isCard = ({ text, buttons }: SeenMessage) => text.includes("touch") && buttons.length > 0;
  const held = stack.move();
  return {
    machine,
    account: account.id,
    finals: (session) =>
      own(session).filter(({ silent, text, replyTo }) =>
        !silent && replyTo === undefined && !text.includes("touch ")
      ).map(({ text }) => text),
    open: (session) =>
      own(session).filter(isCard).map(({ text }) => /touch \w+/.exec(text)?.[0] ?? text),
    async prompt(session, text) {
      const topic = chat.topics.values().find(({ name }) => name === session)?.id;
      const sent = bot.people.say(ada, chat, text, { topic });
      const isSettled = () =>
        ["👍", "👌"].find((sign) => sent.reactions.includes(sign)) ??
          chat.messages.find(({ from, replyTo, id }) =>
            from === undefined && id > sent.id && (replyTo === sent.id || replyTo === undefined)
          )?.text;
      const told = await waitFor(isSettled, { what: "how it went", deadlineMs: 30_000 });
      return told === "👍" ? "delivered" : told === "👌" ? "queued" : told;
    },
    async answer(session, subject, verdict) {
      const card = own(session).find((message) =>
        isCard(message) && message.text.includes(subject)
      );
      const words = verdict === "deny" ? "Deny" : "Allow";
      const data = card?.buttons.flat().find(({ text }) => text.includes(words))?.data ?? "";
      const press = bot.people.pressData(ada, card ?? welcome, data);
      return await waitFor(() => press.answer?.text, { what: "the answer", deadlineMs: 30_000 });
    },
    async end() {
      await telegram.chats.unlink(account.id);
    },
    async [Symbol.asyncDispose]() {
      await held.disposeAsync();
    },
  };
}

channelContract("Telegram", openBotChannel);

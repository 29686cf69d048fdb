import * as z from "zod";
import type { BotApi } from "./bot_api.ts";
import type { SeenChat, SeenMessage } from "./seen.ts";

const deed = z.discriminatedUnion("do", [
  z.object({ do: z.literal("user"), name: z.string(), username: z.string().optional() }),
  z.object({
    do: z.literal("say"),
    chat: z.int(),
    text: z.string(),
    topic: z.int().optional(),
    replyTo: z.int().optional(),
  }),
  z.object({ do: z.literal("press"), chat: z.int(), message: z.int(), button: z.string() }),
  z.object({ do: z.literal("answer"), press: z.string() }),
  z.object({ do: z.literal("delete-topic"), chat: z.int(), topic: z.int() }),
  z.object({ do: z.literal("block"), chat: z.int() }),
  z.object({ do: z.literal("unblock"), chat: z.int() }),
  z.object({
    do: z.literal("fault-rates"),
    rates: z.object({
      lostAfter: z.number(),
      lostBefore: z.number(),
      tooMany: z.number(),
      retryAfter: z.number(),
      slow: z.number(),
      slowMs: z.number(),
      seed: z.int(),
    }).partial(),
    again: z.number().default(0),
  }),
  z.object({
    do: z.literal("fault"),
    method: z.string(),
    times: z.int().min(1).default(1),
    fault: z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("lost-after") }),
      z.object({ kind: z.literal("lost-before") }),
      z.object({ kind: z.literal("slow"), ms: z.number() }),
      z.object({ kind: z.literal("error"), code: z.int(), description: z.string() }),
      z.object({ kind: z.literal("429"), retryAfter: z.number() }),
    ]),
  }),
  z.object({ do: z.literal("chat"), chat: z.int() }),
  z.object({ do: z.literal("judgement") }),
]);
type Deed = z.infer<typeof deed>;

/**
 * What tests do with a stand-in that is another process: `POST` of `{"do": …}` answers what came of
 * it. `judgement` gives the invalid calls, the rate breaches and the number of calls.
 */
export async function answerControl(bot: BotApi, request: Request): Promise<Response> {
  const parsed = deed.safeParse(await request.json().catch(() => undefined));
  if (!parsed.success) return Response.json({ error: parsed.error.message }, { status: 400 });
  try {
    return Response.json(control(bot, parsed.data) ?? {});
  } catch (error) {
    return Response.json({ error: String(error) }, { status: 409 });
  }
}

function control(bot: BotApi, deed: Deed): unknown {
  const { people, world, faults } = bot;
  switch (deed.do) {
    case "user": {
      const user = people.user(deed.name, deed.username);
      people.privateChat(user);
      return user;
    }
    case "say": {
      const chat = chatOf(bot, deed.chat);
      const { topic, replyTo } = deed;
      return seen(
        people.say(chat.owner, chat, deed.text, { topic, ...(replyTo && { replyTo }) }),
      );
    }
    case "press": {
      const chat = chatOf(bot, deed.chat);
      const message = chat.messages.find(({ id }) => id === deed.message);
      if (!message) throw new Error(`Cannot press: no message ${deed.message}`);
      return people.press(chat.owner, message, deed.button);
    }
    case "answer":
      return { answer: world.presses.get(deed.press)?.answer ?? null };
    case "delete-topic": {
      const chat = chatOf(bot, deed.chat);
      const topic = chat.topics.get(deed.topic);
      if (!topic) throw new Error(`Cannot delete: no topic ${deed.topic}`);
      return people.deleteTopic(chat, topic);
    }
    case "block":
      return people.block(chatOf(bot, deed.chat).owner);
    case "unblock":
      return people.unblock(chatOf(bot, deed.chat).owner);
    case "fault-rates":
      bot.updates.againShare = deed.again;
      return faults.setRates(deed.rates as Parameters<typeof faults.setRates>[0]);
    case "fault":
      return faults.plan(deed.method, deed.fault, deed.times);
    case "chat": {
      const chat = chatOf(bot, deed.chat);
      return { ...chat, topics: [...chat.topics.values()], messages: chat.messages.map(seen) };
    }
    case "judgement":
      return { invalid: bot.invalid, breaches: bot.rates.breaches, calls: bot.calls.length };
    default:
      return deed satisfies never;
  }
}

function chatOf(bot: BotApi, id: number): SeenChat {
  const chat = bot.world.chats.get(id);
  if (!chat) throw new Error(`Cannot find chat ${id}`);
  return chat;
}

/** A message as JSON: of a file its name and size. */
function seen({ file, ...message }: SeenMessage): unknown {
  return { ...message, ...(file && { file: { name: file.name, bytes: file.bytes.length } }) };
}

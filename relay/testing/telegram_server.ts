import { Api } from "grammy";
import type { MessageEntity } from "grammy/types";

/** A message as a person sees it. */
export interface SeenMessage {
  readonly id: number;
  readonly chat: number;
  readonly thread: number | undefined;
  text: string;
  entities: MessageEntity[];
  /** Callback data or addresses, line by line. */
  buttons: string[][];
  readonly silent: boolean;
  /** A document's name and content. */
  readonly document?: { readonly name: string; readonly content: string };
  edits: number;
}

/** What to answer instead of doing; `lost-after` does it, and the answer is lost on the way. */
export type Fault =
  | { error: number; description: string; parameters?: Record<string, unknown> }
  | "lost-after"
  | "lost-before"
  | "gateway-error"
  | { wait: Promise<void> };

interface Asked {
  readonly method: string;
  readonly payload: Record<string, unknown>;
  readonly atMs: number;
}

/**
 * The few methods of the Bot API that delivery calls, on a real socket, with what people would see of
 * them. Faults are given by method and used up in order.
 */
export function openTelegramServer({ now = Date.now }: { now?: () => number } = {}) {
  const messages: SeenMessage[] = [];
  const topics = new Map<string, { name: string; closed: boolean }>();
  const asked: Asked[] = [];
  const faults = new Map<string, Fault[]>();
  let nextMessage = 100;

  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (req) => {
    const method = new URL(req.url).pathname.split("/").at(-1)!;
    const payload = await payloadOf(req);
    asked.push({ method, payload, atMs: now() });
    const fault = faults.get(method)?.shift();
    if (fault === "gateway-error") return new Response("<html>502</html>", { status: 502 });
    if (fault === "lost-before") return cut();
    if (typeof fault === "object" && "error" in fault) {
      const { error: error_code, description, parameters } = fault;
      return Response.json({ ok: false, error_code, description, parameters }, {
        status: error_code,
      });
    }
    const answer = act(method, payload);
    if (typeof fault === "object") await fault.wait;
    return fault === "lost-after"
      ? cut()
      : Response.json(answer, { status: answer.ok ? 200 : 400 });
  });

  function act(method: string, payload: Record<string, unknown>) {
    const chat = Number(payload.chat_id);
    const thread = payload.message_thread_id === undefined
      ? undefined
      : Number(payload.message_thread_id);
    const topic = `${chat} ${thread}`;
    const refused = (description: string) => ({ ok: false, error_code: 400, description });
    switch (method) {
      case "sendMessage":
      case "sendDocument": {
        if (thread !== undefined && !topics.has(topic)) {
          return refused("Bad Request: message thread not found");
        }
        const message: SeenMessage = {
          id: nextMessage++,
          chat,
          thread,
          text: String(payload.text ?? payload.caption ?? ""),
          entities: (payload.entities ?? payload.caption_entities ?? []) as MessageEntity[],
          buttons: buttonsOf(payload.reply_markup),
          silent: payload.disable_notification === true,
          edits: 0,
          ...(payload.document !== undefined && {
            document: payload.document as SeenMessage["document"] & object,
          }),
        };
        messages.push(message);
        return done({ message_id: message.id, message_thread_id: thread, chat: { id: chat } });
      }
      case "editMessageText": {
        const message = messages.find(({ id }) => id === Number(payload.message_id));
        if (!message) {
          const isOurs = Number(payload.message_id) >= nextMessage;
          return refused(
            `Bad Request: message ${isOurs ? "to edit not found" : "can't be edited"}`,
          );
        }
        const buttons = buttonsOf(payload.reply_markup);
        if (message.text === payload.text && `${buttons}` === `${message.buttons}`) {
          return refused("Bad Request: message is not modified");
        }
        message.text = String(payload.text);
        message.entities = (payload.entities ?? []) as MessageEntity[];
        message.buttons = buttons;
        message.edits += 1;
        return done(true);
      }
      case "deleteMessage": {
        const at = messages.findIndex(({ id }) => id === Number(payload.message_id));
        if (at < 0) return refused("Bad Request: message to delete not found");
        messages.splice(at, 1);
        return done(true);
      }
      case "createForumTopic": {
        const message_thread_id = nextMessage++; // that of the message which says so
        const name = String(payload.name);
        topics.set(`${chat} ${message_thread_id}`, { name, closed: false });
        return done({ message_thread_id, name, icon_color: 0 });
      }
      case "editForumTopic":
      case "closeForumTopic":
      case "reopenForumTopic": {
        const known = topics.get(topic);
        if (!known) return refused("Bad Request: TOPIC_ID_INVALID");
        if (method === "editForumTopic") {
          if (known.name === payload.name) return refused("Bad Request: TOPIC_NOT_MODIFIED");
          known.name = String(payload.name);
        }
        known.closed = method === "closeForumTopic";
        return done(true);
      }
      default:
        return refused(`Bad Request: "${method}" is not known here`);
    }
  }

  const apiRoot = `http://127.0.0.1:${server.addr.port}`;
  return {
    apiRoot,
    api: new Api("42:test-token", { apiRoot }),
    messages,
    /** By chat and thread, with a space between. */
    topics,
    asked,
    fault: (method: string, ...given: Fault[]) => {
      faults.set(method, [...faults.get(method) ?? [], ...given]);
    },
    /** Messages of others, in between. */
    strangers: (count: number) => void (nextMessage += count),
    /** The texts that a chat shows, in one thread if it is given. */
    texts: (chat: number, thread?: number) =>
      messages.filter((seen) =>
        seen.chat === chat && (thread === undefined || seen.thread === thread)
      )
        .map(({ text }) => text),
    calls: (method: string) => asked.filter((call) => call.method === method).length,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

export type TelegramServer = ReturnType<typeof openTelegramServer>;

function done(result: unknown) {
  return { ok: true, result };
}

/** An answer of which only the beginning arrives. */
function cut(): Response {
  return new Response("{");
}

async function payloadOf(req: Request): Promise<Record<string, unknown>> {
  if (!req.headers.get("content-type")?.startsWith("multipart/")) return await req.json();
  const payload: Record<string, unknown> = {};
  const files = new Map<string, { name: string; content: string }>();
  for (const [name, value] of await req.formData()) {
    if (typeof value === "string") payload[name] = parsed(value);
    else files.set(name, { name: value.name, content: await value.text() });
  }
  for (const [name, value] of Object.entries(payload)) {
    const attached = String(value).match(/^attach:\/\/(.+)$/)?.[1];
    if (attached !== undefined) payload[name] = files.get(attached);
  }
  return payload;
}

function parsed(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

interface Keyboard {
  inline_keyboard?: { callback_data?: string; url?: string }[][];
}

function buttonsOf(markup: unknown): string[][] {
  const keyboard = (markup as Keyboard | undefined)?.inline_keyboard ?? [];
  return keyboard.map((line) => line.map(({ callback_data, url }) => callback_data ?? url ?? ""));
}

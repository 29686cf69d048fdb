import { assertEquals } from "@std/assert";
import { Api } from "grammy";
import { Child } from "../../harness/child.ts";
import { entry } from "../../harness/root.ts";

Deno.test("the stand-in runs as a process of its own, and people act by its control", async () => {
  await using child = new Child("bot-api", {
    args: ["run", "-A", entry("e2e/telegram/bot_api/main.ts"), "--speed", "20"],
  });
  const { apiRoot, control, token } = await child.event("bot-api.ready");
  const act = async (deed: Record<string, unknown>): Promise<Record<string, unknown>> => {
    const response = await fetch(String(control), { method: "POST", body: JSON.stringify(deed) });
    return await response.json();
  };
  const api = new Api(String(token), { apiRoot: String(apiRoot) });
  const ada = await act({ do: "user", name: "Ada" });
  await act({ do: "say", chat: ada.id, text: "/start" });
  const [update] = await api.getUpdates();
  assertEquals(update?.message?.text, "/start");
  await api.sendMessage(Number(ada.id), "Allow?", {
    reply_markup: { inline_keyboard: [[{ text: "Yes", callback_data: "a:1:y" }]] },
  });
  const { messages } = await act({ do: "chat", chat: ada.id }) as { messages: { id: number }[] };
  const press = await act({
    do: "press",
    chat: ada.id,
    message: messages.at(-1)?.id,
    button: "Yes",
  });
  await api.answerCallbackQuery(String(press.id), { text: "Allowed" });
  assertEquals(await act({ do: "answer", press: press.id }), {
    answer: { text: "Allowed", alert: false },
  });
  await act({
    do: "fault",
    method: "getMe",
    fault: { kind: "error", code: 500, description: "x" },
  });
  assertEquals((await api.getMe().catch((error) => error)).error_code, 500);
  assertEquals(await act({ do: "judgement" }), { invalid: [], breaches: [], calls: 4 });
  assertEquals(typeof (await act({ do: "nothing" })).error, "string");
});

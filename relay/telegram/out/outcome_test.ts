import { assertEquals } from "@std/assert";
import { Api } from "grammy";
import { openTelegramServer } from "../../testing/telegram_server.ts";
import { failureOf, outcomeOf } from "./outcome.ts";

Deno.test("[TG3] what grammY throws for real answers is told apart", async () => {
  await using server = openTelegramServer();
  const send = () => outcomeOf(server.api.raw.sendMessage({ chat_id: 1, text: "x" }));
  const after = async (
    ...faults: Parameters<typeof server.fault> extends [string, ...infer F] ? F : never
  ) => {
    server.fault("sendMessage", ...faults);
    const outcome = await send();
    return outcome.state === "refused" ? outcome.code : outcome.state;
  };
  const refusal = (error: number, description: string, parameters = {}) => ({
    error,
    description,
    parameters,
  });
  assertEquals((await send()).state, "done");
  server.fault("sendMessage", refusal(429, "Too Many Requests: retry after 7", { retry_after: 7 }));
  assertEquals(await send(), { state: "limited", retryAfterMs: 7_000 });
  const bad = (words: string) => refusal(400, `Bad Request: ${words}`);
  assertEquals(await after(refusal(403, "Forbidden: bot was blocked by the user")), "shut");
  assertEquals(await after(bad("chat not found")), "shut");
  assertEquals(await after(bad("message thread not found")), "thread");
  assertEquals(await after(bad("TOPIC_CLOSED")), "closed");
  assertEquals(await after(bad("message is not modified: specified new message")), "same");
  assertEquals(await after(bad("message to edit not found")), "message");
  assertEquals(await after(bad("can't parse entities: unexpected end")), "entities");
  assertEquals(await after(bad("BUTTON_URL_INVALID")), "other");
  assertEquals(await after(refusal(401, "Unauthorized")), "token");
  assertEquals(await after(refusal(500, "Internal Server Error")), "later");
  assertEquals(await after("gateway-error"), "unknown");
  assertEquals(await after("lost-after"), "unknown");
  assertEquals(await after(bad("upgraded")), "other");
  server.fault("sendMessage", refusal(400, "upgraded", { migrate_to_chat_id: -1001 }));
  assertEquals(await send(), { state: "migrated", to: -1001 });
});

Deno.test("[TG3] a Telegram that cannot be reached has done nothing; a broken connection may have", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const apiRoot = `http://127.0.0.1:${listener.addr.port}`;
  const api = new Api("42:secret-part", { apiRoot });
  const accepting = listener.accept().then((connection) => connection.close());
  const broken = await outcomeOf(api.raw.sendMessage({ chat_id: 1, text: "x" }));
  await accepting;
  assertEquals(broken.state, "unknown");
  listener.close();
  const refused = await outcomeOf(api.raw.sendMessage({ chat_id: 1, text: "x" }));
  assertEquals(refused.state, "later");
  assertEquals(failureOf("words").state, "unknown");
});

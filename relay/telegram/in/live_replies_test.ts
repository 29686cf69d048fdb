import { assertEquals } from "@std/assert";
import { silentLog } from "@chatcode/kit";
import { plain } from "../format/mod.ts";
import { openOut, USER } from "../testing/open_out.ts";
import { LiveReplies } from "./live_replies.ts";

const place = { chat: USER, thread: null };

Deno.test("[TG3] what is said to a person who asks outlives the relay, and is said once", async () => {
  await using test = await openOut();
  const open = () => new LiveReplies({ ...test, api: test.server.api, log: silentLog });
  test.server.fault("sendMessage", {
    error: 429,
    description: "Too Many Requests",
    parameters: { retry_after: 30 },
  });
  await open().say(place, { rich: plain("the machine is offline"), to: 5 }, "tg-1-2-0");
  await test.until(() => test.server.calls("sendMessage") === 1, "a try");
  await test.restart();
  await open().say(place, { rich: plain("the machine is offline"), to: 5 }, "tg-1-2-0");
  await test.until(() => test.server.messages.length === 1, "the reply");
  await test.pass(3_000);
  assertEquals(test.server.texts(USER), ["the machine is offline"]);
  const { payload } = test.server.asked.findLast(({ method }) => method === "sendMessage")!;
  assertEquals(payload.reply_parameters, { message_id: 5, allow_sending_without_reply: true });
});

Deno.test("[TG3] who is nobody's is answered at once, once", async () => {
  await using test = await openOut();
  const replies = new LiveReplies({ ...test, api: test.server.api, log: silentLog });
  const stranger = { chat: 99, thread: null };
  for (let time = 0; time < 2; time++) await replies.say(stranger, { rich: plain("hello") }, "k");
  assertEquals(test.server.texts(99), ["hello"]);
});

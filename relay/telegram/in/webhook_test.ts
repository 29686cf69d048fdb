import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { silentLog } from "@chatcode/kit";
import { KvError } from "../../kv/kv_error.ts";
import { textOf } from "../testing/incoming.ts";
import { answerWebhook, MAX_UPDATE_BYTES, webhookSecret } from "./webhook.ts";

const SECRET = await webhookSecret("1234:secret");
const UPDATE = {
  update_id: 1,
  message: {
    message_id: 3,
    date: 1,
    from: { id: 7, is_bot: false, first_name: "Ada" },
    chat: { id: 7, type: "private" },
    text: "hello",
  },
};

async function call(
  body: string | Uint8Array<ArrayBuffer>,
  options: { secret?: string | null; full?: boolean; broken?: boolean } = {},
) {
  const { secret = SECRET, full = false, broken = false } = options;
  const taken: string[] = [];
  const req = new Request("http://x/", {
    method: "POST",
    body,
    headers: secret === null ? {} : { "x-telegram-bot-api-secret-token": secret },
  });
  const { status } = await answerWebhook(req, {
    secret: SECRET,
    log: silentLog,
    take(incoming) {
      if (broken) throw new KvError("KV_UNAVAILABLE", "write");
      taken.push(textOf(incoming));
      return Promise.resolve(full ? "full" : "taken");
    },
  });
  return { status, taken };
}

Deno.test("the secret is made of the token, fits Telegram, and tells nothing of it", async () => {
  assertMatch(SECRET, /^[A-Za-z0-9_-]{1,256}$/);
  assertEquals(await webhookSecret("1234:secret"), SECRET);
  assertNotEquals(await webhookSecret("1234:other"), SECRET);
});

Deno.test("an update is taken and answered", async () => {
  assertEquals(await call(JSON.stringify(UPDATE)), { status: 200, taken: ["hello"] });
  assertEquals(await call('{"update_id":2,"poll":{}}'), { status: 200, taken: [] });
});

Deno.test("without the secret nothing is read", async () => {
  for (const secret of [null, "", "x", SECRET.slice(1), `${SECRET}x`, SECRET.toLowerCase()]) {
    assertEquals(await call(JSON.stringify(UPDATE), { secret }), { status: 401, taken: [] });
  }
});

Deno.test("what is no update is refused for good", async () => {
  const huge = JSON.stringify({ ...UPDATE, padding: "x".repeat(MAX_UPDATE_BYTES) });
  const binary = new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]);
  for (const body of ["", "{", "null", "[]", '"x"', "{}", '{"update_id":"1"}', huge, binary]) {
    assertEquals(await call(body), { status: 400, taken: [] });
  }
});

Deno.test("what cannot be taken now is to come again", async () => {
  assertEquals((await call(JSON.stringify(UPDATE), { full: true })).status, 503);
  assertEquals((await call(JSON.stringify(UPDATE), { broken: true })).status, 503);
});

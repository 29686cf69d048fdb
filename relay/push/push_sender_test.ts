import { assertEquals, assertMatch } from "@std/assert";
import { silentLog, systemClock } from "@chatcode/kit";
import type { PushMessage } from "@chatcode/protocol";
import { decodeBase64Url } from "@std/encoding/base64url";
import { openStore } from "../kv/open.ts";
import { openPushService } from "../testing/push_service.ts";
import { PushSender } from "./push_sender.ts";
import { openVapidKeys } from "./vapid_keys.ts";

const message: PushMessage = { type: "withdraw", tag: "t".repeat(32) };
const parcel = {
  payload: JSON.stringify(message),
  topic: "t".repeat(32),
  ttlSeconds: 60,
  urgency: "high",
} as const;
const never = new AbortController().signal;

async function open(allowLoopback = true) {
  await using stack = new AsyncDisposableStack();
  const store = stack.use(await openStore({ kind: "memory" }));
  const service = stack.use(await openPushService());
  const keys = await openVapidKeys(store, systemClock);
  const sender = new PushSender(keys, {
    publicUrl: new URL("https://relay.example/"),
    rules: { allowLoopback },
    clock: systemClock,
    log: silentLog,
  });
  const { endpoint, keys: { p256dh, auth } } = service.target();
  const running = stack.move();
  return {
    store,
    service,
    keys,
    sender,
    device: { endpoint, p256dh, auth, addedAtMs: 0 },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

Deno.test("[PN2] a message is encrypted to the browser and signed as the relay", async () => {
  await using test = await open();
  assertEquals(await test.sender.send(test.device, parcel, never), { state: "sent" });
  const { message: seen, headers } = await test.service.next();
  assertEquals(seen, message);
  assertEquals(
    ["ttl", "urgency", "topic", "content-encoding"].map((name) => headers.get(name)),
    ["60", "high", parcel.topic, "aes128gcm"],
  );
  const [, token = "", key] = /^vapid t=(\S+), k=(\S+)$/.exec(headers.get("authorization")!) ?? [];
  assertEquals(key, test.keys.publicKey);
  const [head = "", body = "", signature = ""] = token.split(".");
  const claims = JSON.parse(new TextDecoder().decode(decodeBase64Url(body)));
  assertEquals([claims.aud, claims.sub], [test.service.origin, "https://relay.example"]);
  assertEquals(claims.exp * 1000 <= Date.now() + 24 * 3600_000, true);
  const publicKey = await crypto.subtle.importKey(
    "raw",
    decodeBase64Url(test.keys.publicKey),
    { name: "ECDSA", namedCurve: "P-256" },
    false,
    ["verify"],
  );
  const isOurs = await crypto.subtle.verify(
    { name: "ECDSA", hash: "SHA-256" },
    publicKey,
    decodeBase64Url(signature),
    new TextEncoder().encode(`${head}.${body}`),
  );
  assertEquals(isOurs, true);
});

Deno.test("the relay's keys are made once", async () => {
  await using test = await open();
  assertEquals(await openVapidKeys(test.store, systemClock), test.keys);
  assertMatch(test.keys.publicKey, /^B[A-Za-z0-9_-]{86}$/);
});

Deno.test("what a push service answers says what becomes of the subscription", async () => {
  await using test = await open();
  const answered = async (status: number, headers: HeadersInit = {}) => {
    test.service.answers.push(new Response(null, { status, headers }));
    return await test.sender.send(test.device, parcel, never);
  };
  assertEquals(await answered(404), { state: "gone" });
  assertEquals(await answered(410), { state: "gone" });
  assertEquals(await answered(403), { state: "refused", why: "status 403" });
  assertEquals(await answered(413), { state: "refused", why: "status 413" });
  assertEquals(await answered(429, { "retry-after": "3" }), {
    state: "later",
    retryAfterMs: 3_000,
  });
  assertEquals(await answered(503, { "retry-after": "1e9" }), {
    state: "later",
    retryAfterMs: 60_000,
  });
  // A redirect is not followed: it could lead into the relay's own network.
  const location = `${test.service.origin}/elsewhere`;
  const { asked } = test.service;
  assertEquals(await answered(302, { location }), { state: "refused", why: "status 302" });
  assertEquals(test.service.asked, asked + 1);
});

Deno.test("nothing is sent into the relay's own network, nor to keys that are no keys", async () => {
  await using test = await open(false);
  assertEquals(await test.sender.send(test.device, parcel, never), {
    state: "refused",
    why: "its address is not public",
  });
  await using loose = await open();
  const broken = { ...loose.device, p256dh: `B${"A".repeat(86)}` };
  assertEquals(await loose.sender.send(broken, parcel, never), { state: "gone" });
  assertEquals([test.service.asked, loose.service.asked], [0, 0]);
});

Deno.test("a push service that is not there may be later", async () => {
  await using test = await open();
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  listener.close();
  const away = { ...test.device, endpoint: `http://127.0.0.1:${port}/x` };
  assertEquals(await test.sender.send(away, parcel, never), { state: "later", retryAfterMs: 0 });
});

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { silentLog } from "@chatcode/kit";
import { hostId, ProtocolError, sessionId } from "@chatcode/protocol";
import { ADMIN } from "./auth/principal.ts";
import { openTestAuth } from "./auth/testing/open_test_auth.ts";
import type { HostList } from "./host_list.ts";
import { DEFAULT_PUSH_SETTINGS } from "./push/push_settings.ts";
import { openPush } from "./push/push.ts";
import { openPushService } from "./testing/push_service.ts";
import { Attention } from "./attention.ts";
import { ConversationFeed } from "./conversation_feed.ts";
import { Roster } from "./roster.ts";
import { Voice } from "./voice/voice.ts";
import { UsageBook } from "./usage/usage_book.ts";
import { webServices } from "./web_services.ts";

const publicUrl = new URL("http://127.0.0.1:8000/");

async function open() {
  const test = await openTestAuth(publicUrl.href);
  const hosts = { refresh: () => Promise.resolve() } as HostList;
  const { auth, clock, store } = test;
  const usage = new UsageBook(store, clock);
  const push = await openPush({
    store,
    auth,
    roster: new Roster(clock),
    conversations: new ConversationFeed(),
    attention: new Attention(),
    publicUrl,
    allowLoopback: true,
    clock,
    log: silentLog,
  });
  const services = webServices({
    auth,
    hosts,
    usage,
    push,
    voice: new Voice(null, { clock, log: silentLog }),
    telegram: null,
    publicUrl,
    previewOrigin: null,
    version: "0.1.0",
    trustedProxies: 0,
  });
  const remoteAddr: Deno.Addr = { transport: "tcp", hostname: "192.0.2.1", port: 1 };
  const visit = (headers: Record<string, string> = {}) => ({
    req: new Request(publicUrl, { headers }),
    info: { remoteAddr },
  });
  const token = async () => new URL((await test.auth.signInLinks.create(ADMIN)).url).hash.slice(1);
  const signIn = async () => {
    const outcome = await services.signIn.signIn(visit(), await token());
    if (outcome.state !== "signed-in") throw new Error(outcome.why);
    const cookie = outcome.cookie.split(";")[0]!;
    const principal = await services.signIn.principal(visit({ cookie }));
    if (!principal) throw new Error("Not signed in");
    return { cookie, principal };
  };
  return {
    ...test,
    services,
    visit,
    token,
    signIn,
    usage,
    async [Symbol.asyncDispose]() {
      await push[Symbol.asyncDispose]();
      await test[Symbol.asyncDispose]();
    },
  };
}

Deno.test("a one-time link signs in once, and says why it does not the second time", async () => {
  await using test = await open();
  const { services, visit } = test;
  const token = await test.token();
  const first = await services.signIn.signIn(visit(), token);
  assertEquals(first.state, "signed-in");
  assertMatch(first.state === "signed-in" ? first.cookie : "", /HttpOnly; SameSite=Lax/);
  const again = await services.signIn.signIn(visit(), token);
  assertEquals(again, { state: "refused", why: "used" });
  const unknown = await services.signIn.signIn(visit(), "nonsense");
  assertEquals(unknown, { state: "refused", why: "unknown" });
});

Deno.test("pages are for cookies: a bearer token signs nobody in", async () => {
  await using test = await open();
  const { auth, services, visit } = test;
  await test.signIn();
  const owner = await auth.accounts.owner();
  const created = await auth.apiTokens.create(owner!, { name: "t", role: "owner" }, ADMIN);
  const token = created.state === "done" ? created.token : "";
  const principal = await services.signIn.principal(visit({ authorization: `Bearer ${token}` }));
  assertEquals(principal, null);
});

Deno.test("sign-out ends the cookie", async () => {
  await using test = await open();
  const { services, visit } = test;
  const { cookie, principal } = await test.signIn();
  assertMatch(await services.signIn.signOut(visit({ cookie }), principal), /Max-Age=0/);
  assertEquals(await services.signIn.principal(visit({ cookie })), null);
});

Deno.test("a CSRF token is good for its own browser session only", async () => {
  await using test = await open();
  const { services } = test;
  const one = await test.signIn();
  const two = await test.signIn();
  const token = await services.signIn.csrfToken(one.principal);
  assertEquals(await services.signIn.csrfTokenIsValid(one.principal, token), true);
  assertEquals(await services.signIn.csrfTokenIsValid(two.principal, token), false);
});

Deno.test("a principal that the relay did not make may do nothing", async () => {
  await using test = await open();
  const { services, visit } = test;
  const { principal } = await test.signIn();
  const forged = { ...principal };
  const error = await assertRejects(
    () => services.hosts.add(visit(), forged, "box"),
    ProtocolError,
  );
  assertEquals(error.code, "FORBIDDEN");
});

Deno.test("a machine is added with a command that runs it, rotated, renamed and removed", async () => {
  await using test = await open();
  const { auth, services, visit } = test;
  const { principal } = await test.signIn();
  const added = await services.hosts.add(visit(), principal, "box");
  assertMatch(added.installCommand, /task gateway run .*--gateway-id/);
  assertEquals((await auth.hosts.verify(added.id, added.token)).state, "ok");
  await test.clock.advance(1_000);
  const rotated = await services.hosts.rotate(visit(), principal, added.id);
  assertEquals((await auth.hosts.verify(added.id, added.token)).state, "refused");
  assertEquals((await auth.hosts.verify(added.id, rotated.token)).state, "ok");
  await test.clock.advance(1_000);
  await services.hosts.rename(visit(), principal, added.id, "laptop");
  assertEquals((await services.hosts.list(principal)).map((host) => host.name), ["laptop"]);
  await test.clock.advance(1_000);
  await services.hosts.remove(visit(), principal, added.id);
  assertEquals(await services.hosts.list(principal), []);
  const error = await assertRejects(
    () => services.hosts.rotate(visit(), principal, added.id),
    ProtocolError,
  );
  assertEquals(error.code, "HOST_NOT_FOUND");
  const { entries } = await services.audit.list(principal, { limit: 10, cursor: null });
  assertEquals(
    entries.map((entry) => entry.what).filter((what) => what.startsWith("host.")),
    ["host.remove", "host.rename", "host.rotate", "host.create"],
  );
});

Deno.test("a name with a control character or none at all is refused", async () => {
  await using test = await open();
  const { services, visit } = test;
  const { principal } = await test.signIn();
  for (const name of ["", "   ", "a\nb", "x".repeat(81)]) {
    await assertRejects(() => services.hosts.add(visit(), principal, name), ProtocolError, "name");
  }
});

Deno.test("usage is read by day", async () => {
  await using test = await open();
  const { services, usage, clock } = test;
  const { principal } = await test.signIn();
  await usage.count({
    host: hostId.parse("h_1"),
    session: sessionId.parse("s_1"),
    agent: "codex",
    turn: {
      kind: "usage",
      id: "t1",
      rev: 0,
      atMs: clock.now(),
      usage: { model: "m", input: 1, cachedInput: 2, output: 3 },
    },
  });
  const day = new Date(clock.now()).toISOString().slice(0, 10);
  const { rows, truncated } = await services.usage.query(principal, { from: day, to: day });
  assertEquals([rows.map((row) => [row.agent, row.output]), truncated], [[["codex", 3]], false]);
  await assertRejects(
    () => services.usage.query({ ...principal }, { from: day, to: day }),
    ProtocolError,
    "may not",
  );
});

Deno.test("a browser subscribes, once, and its account's settings are kept", async () => {
  await using test = await open();
  await using service = await openPushService();
  const { services, visit, clock } = test;
  const { principal } = await test.signIn();
  assertMatch(await services.push.publicKey(principal), /^B[A-Za-z0-9_-]{86}$/);
  await clock.advance(1_000);
  await services.push.subscribe(visit(), principal, service.target());
  await services.push.subscribe(visit(), principal, service.target());
  await clock.advance(1_000);
  await services.push.unsubscribe(visit(), principal, service.target().endpoint);
  await services.push.unsubscribe(visit(), principal, service.target().endpoint);
  assertEquals(await services.push.settings(principal), DEFAULT_PUSH_SETTINGS);
  const wanted = {
    kinds: { done: false, waiting: true, failed: true },
    quiet: { from: "22:00", to: "07:00", timeZone: "Europe/Paris" },
  };
  await clock.advance(1_000);
  await services.push.saveSettings(visit(), principal, wanted);
  assertEquals(await services.push.settings(principal), wanted);
  const { entries } = await services.audit.list(principal, { limit: 10, cursor: null });
  assertEquals(
    entries.map((entry) => entry.what).filter((what) => what.startsWith("push.")),
    ["push.settings", "push.unsubscribe", "push.subscribe"],
  );
});

Deno.test("while the store fails the web app is told to come back", async () => {
  await using test = await open();
  const { principal } = await test.signIn();
  test.store[Symbol.dispose]();
  const error = await assertRejects(() => test.services.push.settings(principal), ProtocolError);
  assertEquals(error.code, "UNAVAILABLE");
});

import {
  assert,
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "@std/assert";
import { type HostId, ProtocolError, type SessionId } from "@chatcode/protocol";
import type { Role } from "./services.ts";
import { MemoryServices, SIGN_IN_TOKEN } from "./testing/memory_services.ts";
import { renderedApp } from "./testing/rendered_app.ts";

const ORIGIN = "https://chatcode.example";
const INFO: Deno.ServeHandlerInfo = {
  remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 1 },
  completed: Promise.resolve(),
};

/** The app over services in memory; `ask` is a browser, signed in as `role` if given. */
async function openApp(role?: Role) {
  const services = new MemoryServices(new URL(ORIGIN));
  const handle = await renderedApp(services);
  const cookie = role === undefined ? "" : services.cookieFor(role);
  const ask = (
    path: string,
    options: { method?: string; body?: unknown; headers?: Record<string, string> } = {},
  ) => {
    const { method = "GET", body, headers = {} } = options;
    return handle(
      new Request(ORIGIN + path, {
        method,
        headers: {
          cookie,
          ...(method !== "GET" && { origin: ORIGIN, "x-csrf-token": `csrf-${cookie.slice(13)}` }),
          ...(body !== undefined && { "content-type": "application/json" }),
          ...headers,
        },
        ...(body !== undefined && {
          body: typeof body === "string" ? body : JSON.stringify(body),
        }),
      }),
      INFO,
    );
  };
  return { services, ask };
}

const change = (method: string, body?: unknown) => ({
  method,
  ...(body !== undefined && { body }),
});

Deno.test("signed out, every page leads to signing in and back", async () => {
  const { ask } = await openApp();
  assertEquals((await ask("/")).headers.get("location"), "/sign-in");
  for (const path of ["/sessions", "/machines", "/settings", "/settings/audit", "/s/box/one"]) {
    const response = await ask(path);
    assertEquals(response.status, 302, path);
    assertEquals(response.headers.get("location"), `/sign-in?next=${encodeURIComponent(path)}`);
  }
  const signIn = await ask("/sign-in");
  assertEquals(signIn.status, 200);
  assertNotMatch(await signIn.text(), /csrf-token/);
});

Deno.test("signed in, every page is rendered with its title, token and policy", async () => {
  const { ask } = await openApp("owner");
  assertEquals((await ask("/")).headers.get("location"), "/sessions");
  for (
    const [path, title] of [
      ["/sessions", "Sessions"],
      ["/machines", "Machines"],
      ["/usage", "Usage"],
      ["/settings", "Settings"],
      ["/settings/audit", "Audit log"],
      ["/s/box/one", "Terminal"],
    ] as const
  ) {
    const response = await ask(path);
    assertEquals(response.status, 200, path);
    const html = await response.text();
    assertStringIncludes(html, `<title>${title} · Chatcode</title>`);
    assertMatch(html, /<meta name="csrf-token" content="csrf-browser_1"\/?>/);
    assertNotMatch(html, /<script(?![^>]*(src=|type="application\/json"))/, "an inline script");
    const policy = response.headers.get("content-security-policy") ?? "";
    assertStringIncludes(policy, "script-src 'self';");
    assertStringIncludes(policy, "frame-ancestors 'none'");
    assertEquals(response.headers.get("x-content-type-options"), "nosniff");
    assertMatch(response.headers.get("permissions-policy") ?? "", /camera=\(\)/);
  }
});

Deno.test("errors are pages in the layout, with their status", async () => {
  const { ask, services } = await openApp("viewer");
  const missing = await ask("/nothing-here");
  assertEquals(missing.status, 404);
  assertStringIncludes(await missing.text(), "There is no such page");
  assertEquals((await ask("/s/bo%20x/one")).status, 404);
  const forbidden = await ask("/settings/audit");
  assertEquals(forbidden.status, 403);
  assertStringIncludes(await forbidden.text(), "You may not see this");
  services.apiTokens.list = () => Promise.reject(new Error("the disk of /secret/path is full"));
  const broken = await ask("/settings");
  assertEquals(broken.status, 500);
  const html = await broken.text();
  assertStringIncludes(html, "Something broke here");
  assertNotMatch(html, /secret/);
});

Deno.test("a one-time token signs in once, and says why it does not", async () => {
  const { ask, services } = await openApp();
  const spend = (token: string) => ask("/api/sign-in", change("POST", { token }));
  const first = await spend(SIGN_IN_TOKEN);
  assertEquals(first.status, 200);
  assertMatch(first.headers.get("set-cookie") ?? "", /^test_session=.*HttpOnly/);
  for (
    const [token, why] of [[SIGN_IN_TOKEN, "used"], ["old-token", "expired"], ["x", "unknown"]]
  ) {
    const refused = await spend(token ?? "");
    assertEquals([refused.status, await refused.json()], [410, { why }]);
  }
  services.limited = true;
  const limited = await spend("any");
  assertEquals([limited.status, limited.headers.get("retry-after")], [429, "30"]);
});

Deno.test("a change needs our Origin, the page's token, and a signed-in browser", async () => {
  const { ask, services } = await openApp("owner");
  const add = (headers: Record<string, string>) =>
    ask("/api/hosts", { ...change("POST", { name: "box" }), headers });
  assertEquals((await add({ origin: "https://evil.example" })).status, 403);
  assertEquals((await add({ "sec-fetch-site": "cross-site", origin: "null" })).status, 403);
  assertEquals((await add({ "x-csrf-token": "csrf-browser_2" })).status, 403);
  assertEquals((await add({ "x-csrf-token": "" })).status, 403);
  const out = await add({ cookie: "test_session=nobody" });
  assertEquals([out.status, (await out.json()).error.code], [401, "UNAUTHORIZED"]);
  assertEquals(services.hostRecords.size, 0);
  assertEquals((await add({})).status, 200);
});

Deno.test("what is sent must be small JSON that fits", async () => {
  const { ask } = await openApp("owner");
  const post = async (body: unknown, headers = {}) => {
    const response = await ask("/api/hosts", { method: "POST", body, headers });
    return [response.status, (await response.json()).error.code];
  };
  assertEquals(await post("{"), [400, "INVALID_REQUEST"]);
  assertEquals(await post({ name: "" }), [400, "INVALID_REQUEST"]);
  assertEquals(await post({ name: "x".repeat(81) }), [400, "INVALID_REQUEST"]);
  assertEquals(await post({ name: "x".repeat(20_000) }), [413, "PAYLOAD_TOO_LARGE"]);
  assertEquals(await post("name=box", { "content-type": "text/plain" }), [400, "INVALID_REQUEST"]);
});

Deno.test("machines are added, renamed, given a new token and removed", async () => {
  const { ask, services } = await openApp("owner");
  const added = await (await ask("/api/hosts", change("POST", { name: "box" }))).json();
  assertStringIncludes(added.installCommand, added.token);
  const path = `/api/hosts/${added.id}`;
  assertEquals((await ask(path, change("PATCH", { name: "den" }))).status, 200);
  assertEquals([...services.hostRecords.values()][0]?.name, "den");
  const rotated = await (await ask(`${path}/token`, change("POST"))).json();
  assertEquals(rotated.name, "den");
  assertEquals((await ask(path, change("DELETE"))).status, 200);
  assertEquals(services.hostRecords.size, 0);
  const gone = await ask(path, change("DELETE"));
  assertEquals([gone.status, (await gone.json()).error.code], [404, "HOST_NOT_FOUND"]);
});

Deno.test("who may only watch changes nothing", async () => {
  const { ask } = await openApp("viewer");
  const refused = await ask("/api/hosts", change("POST", { name: "box" }));
  assertEquals([refused.status, (await refused.json()).error.code], [403, "FORBIDDEN"]);
});

Deno.test("a recording becomes text, for those who may write", async () => {
  const { ask, services } = await openApp("owner");
  services.said = (audio, mediaType) => `${mediaType}: ${new TextDecoder().decode(audio)}`;
  const headers = { "content-type": "audio/webm;codecs=opus" };
  const spoken = await ask("/api/voice", { method: "POST", body: "hm", headers });
  assertEquals([spoken.status, await spoken.json()], [200, { text: "audio/webm;codecs=opus: hm" }]);
  assertEquals(spoken.headers.get("cache-control"), "no-store");
  const empty = await ask("/api/voice", { method: "POST", headers });
  assertEquals([empty.status, (await empty.json()).error.code], [400, "INVALID_REQUEST"]);
  services.said = () => {
    throw new ProtocolError("RATE_LIMITED", "Cannot transcribe", { retryAfterMs: 7_000 });
  };
  const limited = await ask("/api/voice", { method: "POST", body: "hm", headers });
  assertEquals([limited.status, limited.headers.get("retry-after")], [429, "7"]);
  const foreign = { ...headers, origin: "https://evil.example" };
  assertEquals(
    (await ask("/api/voice", { method: "POST", body: "hm", headers: foreign })).status,
    403,
  );
  const { ask: watch } = await openApp("viewer");
  assertEquals((await watch("/api/voice", { method: "POST", body: "hm", headers })).status, 403);
});

Deno.test("browsers are signed out, one, this one and all", async () => {
  const { ask, services } = await openApp("owner");
  services.cookieFor("owner");
  assertEquals((await ask("/api/me")).status, 200);
  assertEquals((await ask("/api/browser-sessions/browser_2", change("DELETE"))).status, 200);
  assertEquals([...services.devices.keys()], ["browser_1"]);
  const out = await ask("/api/sign-out", change("POST"));
  assertMatch(out.headers.get("set-cookie") ?? "", /Max-Age=0/);
  assertEquals((await ask("/api/me")).status, 401);
});

Deno.test("API tokens are made, shown once and revoked", async () => {
  const { ask, services } = await openApp("owner");
  const wanted = { name: "ci", role: "operator", expiresAtMs: null };
  const made = await (await ask("/api/tokens", change("POST", wanted))).json();
  assert(made.token.length > 0);
  assertNotMatch(await (await ask("/settings")).text(), new RegExp(made.token));
  assertEquals((await ask(`/api/tokens/${made.record.id}`, change("DELETE"))).status, 200);
  assertEquals(services.tokens.size, 0);
});

Deno.test("[US1] usage is summed on its page, and downloaded as CSV", async () => {
  const { ask, services } = await openApp("owner");
  const row = {
    host: "box" as HostId,
    session: "one" as SessionId,
    agent: "claude" as const,
    model: "opus",
    input: 1_000,
    cachedInput: 5_000,
    output: 200,
    answers: 3,
  };
  services.usageRows.push({ ...row, day: "2026-11-18" }, { ...row, day: "2026-11-20" });
  const html = await (await ask("/usage?from=2026-11-17&to=2026-11-20")).text();
  assertStringIncludes(html, "2026-11-20 Claude Code");
  assertStringIncludes(html, '<dd title="400">400</dd>');
  assertEquals(html.match(/<rect /g)?.length, 2);
  const csv = await ask("/api/usage?from=2026-11-19&to=2026-11-20");
  assertMatch(csv.headers.get("content-type") ?? "", /^text\/csv/);
  assertMatch(csv.headers.get("content-disposition") ?? "", /usage-2026-11-19-2026-11-20\.csv/);
  assertEquals((await csv.text()).split("\r\n").slice(1), [
    "2026-11-20,box,one,claude,opus,1000,5000,200,3",
    "",
  ]);
  assertStringIncludes(await (await ask("/usage?from=2001-01-01&to=2001-01-02")).text(), "Nothing");
});

Deno.test("browsers subscribe to notifications, and say what of", async () => {
  const { ask, services } = await openApp("viewer");
  const target = { endpoint: "https://push.example/1", keys: { p256dh: "p", auth: "a" } };
  const path = "/api/push/subscriptions";
  assertEquals((await ask(path, change("POST", target))).status, 200);
  assertEquals([...services.pushTargets.values()], [target]);
  assertEquals((await ask(path, change("POST", { endpoint: 1 }))).status, 400);
  const kinds = { done: false, waiting: true, failed: true };
  const quiet = { from: "22:00", to: "07:00", timeZone: "Europe/Paris" };
  const save = (body: unknown) => ask("/api/push/settings", change("PATCH", body));
  assertEquals((await save({ kinds, quiet })).status, 200);
  assertEquals(services.pushSettings, { kinds, quiet });
  assertEquals((await save({ kinds, quiet: { ...quiet, to: "24:00" } })).status, 400);
  const { endpoint } = target;
  assertEquals((await ask(path, change("DELETE", { endpoint }))).status, 200);
  assertEquals(services.pushTargets.size, 0);
  const foreign = await ask(path, { ...change("POST", target), headers: { "x-csrf-token": "" } });
  assertEquals(foreign.status, 403);
});

Deno.test("the audit log is read page by page", async () => {
  const { ask, services } = await openApp("owner");
  for (let n = 0; n < 150; n++) {
    services.log.push({ atMs: n, who: "owner", what: "sign_in", target: `t${n}`, address: null });
  }
  const newest = await (await ask("/settings/audit")).text();
  assertStringIncludes(newest, "t99<");
  assertNotMatch(newest, /t100</);
  const [, older = ""] = /href="(\/settings\/audit\?after=[^"]+)"/.exec(newest) ?? [];
  assertStringIncludes(await (await ask(older)).text(), "t149<");
});

Deno.test("Telegram's webhook asks for no cookie, no CSRF token and no origin", async () => {
  const services = new MemoryServices(new URL(ORIGIN));
  const handle = await renderedApp(services);
  const call = () =>
    handle(
      new Request(`${ORIGIN}/telegram/webhook/1234`, { method: "POST", body: '{"update_id":1}' }),
      INFO,
    );
  assertEquals((await call()).status, 200);
  assertEquals(services.updates, [{ bot: "1234", update: { update_id: 1 } }]);
  services.telegram = null;
  assertEquals((await call()).status, 404);
});

Deno.test("the Telegram routes say what stands in the way", async () => {
  const { services, ask } = await openApp("owner");
  const hello = await ask("/api/telegram/hello", change("POST"));
  assertEquals(hello.status, 409);
  const wrong = { ...services.telegramSettings, progress: "loud" };
  assertEquals((await ask("/api/telegram/settings", change("PATCH", wrong))).status, 400);
  services.telegram = null;
  assertEquals((await ask("/api/telegram")).status, 503);
  const { ask: watch } = await openApp("viewer");
  assertEquals((await watch("/api/telegram/checks")).status, 403);
});

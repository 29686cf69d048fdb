import { assert, assertEquals } from "@std/assert";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { rows } from "../kv/keys.ts";
import { BROWSER_SESSION_MS, RENEW_EVERY_MS } from "./browser_session.ts";
import { ADMIN } from "./principal.ts";
import { called, claimOwner, openTestAuth, type TestAuth } from "./testing/open_test_auth.ts";

const FROM = { userAgent: "Test/1.0", address: "192.0.2.7" };
const headers = (init: Record<string, string>) => new Headers(init);

async function signIn(test: TestAuth) {
  const owner = await claimOwner(test);
  const { token, session } = await test.auth.browserSessions.create(owner.id, FROM);
  return { owner, session, token, cookie: `chatcode=${token}` };
}

Deno.test("a cookie and a bearer token each make a principal, the token first", async () => {
  await using test = await openTestAuth();
  const { owner, session, cookie } = await signIn(test);
  const byCookie = await test.auth.authenticate(headers({ cookie }));
  assert(byCookie.state === "ok");
  assertEquals(byCookie.principal, {
    account: owner.id,
    name: "Owner",
    role: "owner",
    hosts: "all",
    via: { kind: "browser_session", id: session.id },
    credential: session.tokenHash,
    expiresAtMs: session.expiresAtMs,
  });
  const wanted = { name: "ci", role: "viewer" } as const;
  const created = await test.auth.apiTokens.create(owner, wanted, ADMIN);
  assert(created.state === "done");
  const authorization = `Bearer ${created.token}`;
  const byToken = await test.auth.authenticate(headers({ cookie, authorization }));
  assert(byToken.state === "ok");
  assertEquals(byToken.principal.role, "viewer");
});

Deno.test("no credential and a bad one are told apart, and no kind passes for another", async () => {
  await using test = await openTestAuth();
  const { token } = await signIn(test);
  const state = async (init: Record<string, string>) =>
    (await test.auth.authenticate(headers(init))).state;
  assertEquals(await state({}), "none");
  assertEquals(await state({ cookie: "other=1" }), "none");
  assertEquals(await state({ cookie: "chatcode=wrong" }), "bad");
  assertEquals(await state({ authorization: `Bearer ${token}` }), "bad");
  assertEquals(await state({ authorization: `Basic ${token}` }), "bad");
  assertEquals(await state({ authorization: "" }), "bad");
});

Deno.test("signing out ends what the browser session opened", async () => {
  await using test = await openTestAuth();
  const { owner, session, cookie } = await signIn(test);
  const authentication = await test.auth.authenticate(headers({ cookie }));
  assert(authentication.state === "ok");
  const end = called<string>();
  using _ = test.auth.onEnded(authentication.principal, end.listener);
  await test.auth.browserSessions.signOut(session.tokenHash, { who: owner.id });
  assertEquals(await end.value, "revoked");
  assertEquals(test.clock.pending, 0, "no timer is left");
});

Deno.test("a renewed browser session lives on, an idle one ends by itself", async () => {
  await using test = await openTestAuth();
  const { session, cookie } = await signIn(test);
  const authentication = await test.auth.authenticate(headers({ cookie }));
  assert(authentication.state === "ok");
  const end = called<string>();
  let ended = false;
  using _ = test.auth.onEnded(authentication.principal, (reason) => {
    ended = true;
    end.listener(reason);
  });
  await test.clock.advance(RENEW_EVERY_MS);
  await test.auth.browserSessions.renew(session.tokenHash);
  await test.clock.advance(BROWSER_SESSION_MS - RENEW_EVERY_MS);
  assertEquals(ended, false);
  // The new end is read from the store, which no clock moves.
  await waitFor(() => test.clock.pending > 0, { what: "the next timer" });
  await test.clock.advance(RENEW_EVERY_MS);
  assertEquals(await end.value, "expired");
});

Deno.test("who comes by a channel has the account's rights, as long as there is the account", async () => {
  await using test = await openTestAuth();
  const owner = await claimOwner(test);
  const principal = await test.auth.principalOf(owner.id, { kind: "telegram", id: "7" });
  assertEquals([principal?.account, principal?.role, principal?.hosts], [owner.id, "owner", "all"]);
  await test.store.delete(rows.account(owner.id));
  assertEquals(await test.auth.principalOf(owner.id, { kind: "telegram", id: "7" }), null);
});

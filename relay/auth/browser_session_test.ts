import { assertEquals } from "@std/assert";
import { BROWSER_SESSION_MS, MAX_BROWSER_SESSIONS, RENEW_EVERY_MS } from "./browser_session.ts";
import { claimOwner, openTestAuth } from "./testing/open_test_auth.ts";

const FROM = { userAgent: "Test/1.0", address: "192.0.2.7" };

Deno.test("a session ends 30 days after its last use", async () => {
  await using test = await openTestAuth();
  const sessions = test.auth.browserSessions;
  const { token, session } = await sessions.create((await claimOwner(test)).id, FROM);
  assertEquals(await sessions.verify(token), session);
  assertEquals(await sessions.verify("x".repeat(43)), null);

  assertEquals(await sessions.renew(session.tokenHash), false, "too soon");
  await test.clock.advance(RENEW_EVERY_MS);
  assertEquals(await sessions.renew(session.tokenHash), true);
  await test.clock.advance(BROWSER_SESSION_MS - 1);
  assertEquals((await sessions.verify(token))?.id, session.id);
  await test.clock.advance(1);
  assertEquals(await sessions.verify(token), null);
  assertEquals(await sessions.renew(session.tokenHash), false);
});

Deno.test("sessions are listed, revoked one by one, and all at once", async () => {
  await using test = await openTestAuth();
  const owner = await claimOwner(test);
  const actor = { who: owner.id, address: FROM.address };
  const sessions = test.auth.browserSessions;
  const [a, b, c] = [
    await sessions.create(owner.id, FROM),
    await sessions.create(owner.id, FROM),
    await sessions.create(owner.id, FROM),
  ];
  assertEquals((await sessions.list(owner.id)).length, 3);
  assertEquals(await sessions.revoke(owner.id, a.session.id, actor), true);
  assertEquals(await sessions.revoke(owner.id, a.session.id, actor), false);
  assertEquals(await sessions.verify(a.token), null);
  await sessions.signOut(b.session.tokenHash, actor);
  assertEquals(await sessions.verify(b.token), null);
  assertEquals(await sessions.revokeAll(owner.id, actor), 1);
  assertEquals(await sessions.verify(c.token), null);
});

Deno.test("beyond the limit the session that was idle longest is signed out", async () => {
  await using test = await openTestAuth();
  const owner = await claimOwner(test);
  const sessions = test.auth.browserSessions;
  const oldest = await sessions.create(owner.id, FROM);
  for (let i = 0; i < MAX_BROWSER_SESSIONS; i++) {
    await test.clock.advance(1);
    await sessions.create(owner.id, FROM);
  }
  assertEquals((await sessions.list(owner.id)).length, MAX_BROWSER_SESSIONS);
  assertEquals(await sessions.verify(oldest.token), null);
});

import { assert, assertEquals, assertMatch } from "@std/assert";
import { accountId } from "../kv/keys.ts";
import { LAST_USED_EVERY_MS, type WantedApiToken } from "./api_tokens.ts";
import { ADMIN } from "./principal.ts";
import { claimOwner, openTestAuth, type TestAuth } from "./testing/open_test_auth.ts";

async function create(test: TestAuth, wanted: WantedApiToken) {
  const owner = await test.auth.accounts.owner() ?? await claimOwner(test);
  const created = await test.auth.apiTokens.create(owner, wanted, ADMIN);
  assert(created.state === "done");
  return created;
}

Deno.test("a token is found by its text alone, and only while it lives", async () => {
  await using test = await openTestAuth();
  const { apiTokens } = test.auth;
  const { row, token } = await create(test, {
    name: "ci",
    role: "operator",
    expiresAtMs: test.clock.now() + 1_000,
  });
  assertMatch(token, /^cca_[A-Za-z0-9_-]{43}$/);
  assert(!JSON.stringify(await apiTokens.get(row.tokenHash)).includes(token));
  assertEquals((await apiTokens.verify(token))?.id, row.id);
  assertEquals(await apiTokens.verify(token.slice(0, -1)), null);
  await test.clock.advance(1_000);
  assertEquals(await apiTokens.verify(token), null);
  assertEquals(await apiTokens.list(row.account), []);
});

Deno.test("the last use is noted, at most once a minute", async () => {
  await using test = await openTestAuth();
  const { row, token } = await create(test, { name: "ci", role: "viewer" });
  const lastUse = async () => (await test.auth.apiTokens.list(row.account))[0]?.lastUsedAtMs;
  assertEquals(await lastUse(), null);
  await test.auth.apiTokens.verify(token);
  const firstMs = test.clock.now();
  assertEquals(await lastUse(), firstMs);
  await test.clock.advance(LAST_USED_EVERY_MS - 1);
  await test.auth.apiTokens.verify(token);
  assertEquals(await lastUse(), firstMs);
  await test.clock.advance(1);
  await test.auth.apiTokens.verify(token);
  assertEquals(await lastUse(), test.clock.now());
});

Deno.test("a token can do no more than its account, and only its account revokes it", async () => {
  await using test = await openTestAuth();
  const owner = await claimOwner(test);
  const viewer = { ...owner, role: "viewer" } as const;
  const made = await test.auth.apiTokens.create(viewer, { name: "x", role: "owner" }, ADMIN);
  assert(made.state === "done");
  assertEquals(made.row.role, "viewer");
  const stranger = accountId.parse("acc_0123456789abcdef");
  assertEquals(await test.auth.apiTokens.revoke(stranger, made.row.id, ADMIN), false);
  assertEquals(await test.auth.apiTokens.revoke(owner.id, made.row.id, ADMIN), true);
  assertEquals(await test.auth.apiTokens.verify(made.token), null);
});

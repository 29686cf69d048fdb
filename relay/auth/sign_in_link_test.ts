import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { z } from "zod";
import { ADMIN } from "./principal.ts";
import { hashSecret } from "./secret.ts";
import { SIGN_IN_LINK_MS } from "./sign_in_link.ts";
import { claimOwner, openTestAuth, tokenOf } from "./testing/open_test_auth.ts";

const ADDRESS = "192.0.2.7";

Deno.test("the first link makes the owner, later ones sign into the same account", async () => {
  await using test = await openTestAuth("https://relay.example/");
  const { signInLinks, accounts } = test.auth;
  assertEquals(await accounts.owner(), null);
  const first = await signInLinks.create(ADMIN);
  assertEquals(first.purpose, "claim");
  assertMatch(first.url, /^https:\/\/relay\.example\/sign-in#[A-Za-z0-9_-]{43}$/);
  const claim = await signInLinks.use(tokenOf(first.url), ADDRESS);
  const owner = await accounts.owner();
  assertEquals(claim, { state: "signed_in", account: owner!, claimed: true });
  assertEquals(owner?.role, "owner");

  const second = await signInLinks.create(ADMIN);
  assertEquals(second.purpose, "sign_in");
  const signIn = await signInLinks.use(tokenOf(second.url), ADDRESS);
  assertEquals(signIn, { state: "signed_in", account: owner!, claimed: false });
});

Deno.test("a link works once, however many try at the same time", async () => {
  await using test = await openTestAuth();
  const { url } = await test.auth.signInLinks.create(ADMIN);
  const uses = await Promise.all(
    Array.from({ length: 5 }, () => test.auth.signInLinks.use(tokenOf(url), ADDRESS)),
  );
  const outcomes = uses.map((use) => use.state === "refused" ? use.code : use.state).sort();
  assertEquals(outcomes, ["LINK_USED", "LINK_USED", "LINK_USED", "LINK_USED", "signed_in"]);
});

Deno.test("of two claim links one makes the owner and the other leads nowhere", async () => {
  await using test = await openTestAuth();
  const { signInLinks } = test.auth;
  const links = [await signInLinks.create(ADMIN), await signInLinks.create(ADMIN)];
  const uses = await Promise.all(links.map(({ url }) => signInLinks.use(tokenOf(url), ADDRESS)));
  assertEquals(uses.map(({ state }) => state).sort(), ["refused", "signed_in"]);
});

Deno.test("a link that is too old or never was is refused by its own code", async () => {
  await using test = await openTestAuth();
  const { url } = await test.auth.signInLinks.create(ADMIN);
  await test.clock.advance(SIGN_IN_LINK_MS);
  const refusal = (token: string) => test.auth.signInLinks.use(token, ADDRESS);
  assertEquals(await refusal(tokenOf(url)), { state: "refused", code: "LINK_EXPIRED" });
  assertEquals(await refusal("x".repeat(43)), { state: "refused", code: "LINK_UNKNOWN" });
  assertEquals(await refusal(""), { state: "refused", code: "LINK_UNKNOWN" });
});

Deno.test("what is stored of links and sign-ins holds no token, and the log says who", async () => {
  await using test = await openTestAuth();
  const owner = await claimOwner(test);
  const { url } = await test.auth.signInLinks.create(ADMIN);
  await test.clock.advance(1);
  await test.auth.signInLinks.use(tokenOf(url), ADDRESS);
  const everything = await Array.fromAsync(
    test.store.list({ prefix: [], schema: z.unknown() }, { limit: 100 }),
  );
  const text = JSON.stringify(everything.map(({ key, value }) => ({ key, value })));
  assertStringIncludes(text, await hashSecret(tokenOf(url)));
  assertEquals(text.includes(tokenOf(url)), false);
  const { entries } = await test.auth.audit.list({ limit: 1 });
  assertEquals(entries, [{
    atMs: test.clock.now(),
    who: owner.id,
    what: "sign_in",
    target: owner.id,
    address: ADDRESS,
  }]);
});

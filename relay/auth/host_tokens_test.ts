import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { hostId } from "@chatcode/protocol";
import { rows } from "../kv/keys.ts";
import { ADMIN } from "./principal.ts";
import { called, openTestAuth, type TestAuth } from "./testing/open_test_auth.ts";

async function createHost({ auth }: TestAuth, name = "laptop") {
  const created = await auth.hosts.create(name, ADMIN);
  assert(created.state === "done");
  return created;
}

Deno.test("a new machine's token is shown once, stored as a hash, and proves the machine", async () => {
  await using test = await openTestAuth();
  const { host, token } = await createHost(test, "  laptop ");
  assertMatch(host.id, /^h_[A-Za-z0-9_-]{22}$/);
  assertMatch(token, /^ccg_[A-Za-z0-9_-]{43}$/);
  assertEquals(host.name, "laptop");
  assert(!JSON.stringify(await test.store.get(rows.host(host.id))).includes(token));
  const check = await test.auth.hosts.verify(host.id, token);
  assertEquals(check, { state: "ok", host, credential: host.tokenHash });
});

Deno.test("each wrong credential is refused by its own code", async () => {
  await using test = await openTestAuth();
  const { hosts } = test.auth;
  const { host, token } = await createHost(test);
  const codeOf = async (id: string, token: string) => {
    const check = await hosts.verify(id, token);
    return check.state === "refused" ? check.code : check.state;
  };
  assertEquals(await codeOf("h_nobody", token), "UNKNOWN_HOST");
  assertEquals(await codeOf("not an id", token), "UNKNOWN_HOST");
  assertEquals(await codeOf(host.id, "ccg_wrong"), "BAD_TOKEN");
  assertEquals(await codeOf(host.id, ""), "BAD_TOKEN");
  await hosts.revoke(host.id, ADMIN);
  assertEquals(await codeOf(host.id, token), "REVOKED");
  assertEquals(await codeOf(host.id, "ccg_wrong"), "BAD_TOKEN");
  await hosts.remove(host.id, ADMIN);
  assertEquals(await codeOf(host.id, token), "UNKNOWN_HOST");
});

Deno.test("rotate kills the old token, cuts what it opened, and leaves the new one alone", async () => {
  await using test = await openTestAuth();
  const { hosts } = test.auth;
  const { host, token } = await createHost(test);
  const old = called<string>();
  using _old = test.auth.onEnded({ credential: host.tokenHash, expiresAtMs: null }, old.listener);
  const rotated = await hosts.rotate(host.id, ADMIN);
  assert(rotated.state === "done");
  const reasons: string[] = [];
  using _new = test.auth.onEnded(
    { credential: rotated.host.tokenHash, expiresAtMs: null },
    (reason) => reasons.push(reason),
  );
  assertEquals(await old.value, "revoked");
  assertEquals((await hosts.verify(host.id, token)).state, "refused");
  assertEquals((await hosts.verify(host.id, rotated.token)).state, "ok");
  assertEquals(reasons, []);
});

Deno.test("rotating brings a revoked machine back", async () => {
  await using test = await openTestAuth();
  const { host } = await createHost(test);
  await test.auth.hosts.revoke(host.id, ADMIN);
  const rotated = await test.auth.hosts.rotate(host.id, ADMIN);
  assert(rotated.state === "done");
  assertEquals((await test.auth.hosts.verify(host.id, rotated.token)).state, "ok");
});

Deno.test("names can be changed to names only, and unknown machines say so", async () => {
  await using test = await openTestAuth();
  const { hosts } = test.auth;
  const { host } = await createHost(test);
  await hosts.rename(host.id, "workstation", ADMIN);
  assertEquals((await hosts.list()).map(({ name }) => name), ["workstation"]);
  for (const name of ["", " ", "a\nb", "x".repeat(81)]) {
    await assertRejects(() => hosts.rename(host.id, name, ADMIN));
  }
  const nobody = hostId.parse("h_nobody");
  assertEquals(await hosts.rename(nobody, "x", ADMIN), { state: "unknown" });
  assertEquals(await hosts.rotate(nobody, ADMIN), { state: "unknown" });
  assertEquals(await hosts.remove(nobody, ADMIN), { state: "unknown" });
});

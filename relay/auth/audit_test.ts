import { assertEquals } from "@std/assert";
import { AUDIT_KEPT_MS } from "./audit.ts";
import { ADMIN } from "./principal.ts";
import { openTestAuth, type TestAuth } from "./testing/open_test_auth.ts";

async function note({ auth, store }: TestAuth, target: string): Promise<void> {
  const commit = store.commit();
  auth.audit.add(commit, ADMIN, { what: "host.create", target });
  await commit.commit();
}

Deno.test("entries are listed newest first, page by page", async () => {
  await using test = await openTestAuth();
  for (const target of ["a", "b", "c", "d", "e"]) {
    await note(test, target);
    await test.clock.advance(1);
  }
  const pages: string[][] = [];
  let cursor: string | null = null;
  do {
    const page = await test.auth.audit.list({ limit: 2, cursor });
    pages.push(page.entries.map(({ target }) => target));
    cursor = page.next;
  } while (cursor !== null);
  assertEquals(pages, [["e", "d"], ["c", "b"], ["a"]]);
});

Deno.test("entries are kept for 90 days", async () => {
  await using test = await openTestAuth();
  await note(test, "old");
  await test.clock.advance(AUDIT_KEPT_MS + 1);
  await note(test, "new");
  const { entries, next } = await test.auth.audit.list({ limit: 10 });
  assertEquals(entries.map(({ target }) => target), ["new"]);
  assertEquals(next, null);
});

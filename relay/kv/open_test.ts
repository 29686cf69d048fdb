import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { skipWhen } from "../../kit/testing/skip.ts";
import { rows } from "./keys.ts";
import { KvError } from "./kv_error.ts";
import { KV_FILE, openStore } from "./open.ts";
import { mountTmpfs, run, tempDir, whyNoTmpfs } from "./testing/tmpfs.ts";

const mode = async (path: string) => ((await Deno.stat(path)).mode ?? 0) & 0o777;

Deno.test("a data folder is private, and its data outlives the store", async () => {
  await using temp = await tempDir();
  const dir = `${temp.path}/a/data`;
  {
    using store = await openStore({ kind: "dir", path: dir });
    await store.set(rows.revocationHead, "kept");
    for await (const { name } of Deno.readDir(dir)) {
      assertEquals(await mode(`${dir}/${name}`), 0o600, name);
    }
  }
  assertEquals(await mode(dir), 0o700);
  assertEquals(await mode(`${temp.path}/a`), 0o700);
  using again = await openStore({ kind: "dir", path: dir });
  assertEquals(await again.get(rows.revocationHead), "kept");
});

Deno.test("a second opener of the same folder is refused until the first is gone", async () => {
  await using temp = await tempDir();
  const place = { kind: "dir", path: temp.path } as const;
  {
    using _first = await openStore(place);
    const error = await assertRejects(() => openStore(place), KvError);
    assertEquals(error.code, "KV_LOCKED");
    assertStringIncludes(error.message, "another process is using it");
  }
  using _second = await openStore(place);
});

Deno.test("a file that is no database, and a folder that is none, are told apart", async () => {
  await using temp = await tempDir();
  const file = `${temp.path}/${KV_FILE}`;
  await Deno.writeFile(file, crypto.getRandomValues(new Uint8Array(8192)));
  const damaged = await assertRejects(() => openStore({ kind: "dir", path: temp.path }), KvError);
  assertEquals(damaged.code, "KV_DAMAGED");
  const notFolder = await assertRejects(() => openStore({ kind: "dir", path: file }), KvError);
  assertEquals(notFolder.code, "KV_UNAVAILABLE");
});

const name = "a full disk and a read-only one say so, when opened and when written to";
Deno.test({
  ...skipWhen(name, await whyNoTmpfs()),
  async fn(t) {
    await using temp = await tempDir();
    const place = { kind: "dir", path: temp.path } as const;
    const codeOf = async (run: () => Promise<unknown>) => (await assertRejects(run, KvError)).code;

    await t.step("full from the start", async () => {
      await using _ = await mountTmpfs(temp.path, "size=8k");
      assertEquals(await codeOf(() => openStore(place)), "KV_FULL");
    });
    await t.step("full later: writes fail, reads go on", async () => {
      await using _ = await mountTmpfs(temp.path, "size=600k");
      using store = await openStore(place);
      const fill = async () => {
        for (let i = 0; i < 100; i++) {
          const row = { key: ["fill", i], schema: rows.revocationHead.schema };
          await store.set(row, "x".repeat(60_000));
        }
      };
      assertEquals(await codeOf(fill), "KV_FULL");
      assertEquals(typeof (await store.get(rows.opened))?.atMs, "number");
    });
    await t.step("read-only", async () => {
      await using _ = await mountTmpfs(temp.path, "size=2m");
      (await openStore(place))[Symbol.dispose]();
      await run("mount", "-o", "remount,ro", temp.path);
      assertEquals(await codeOf(() => openStore(place)), "KV_READ_ONLY");
    });
  },
});

import { assert, assertEquals, assertRejects } from "@std/assert";
import { z } from "zod";
import type { Row, RowPrefix } from "./keys.ts";
import { KvError } from "./kv_error.ts";
import { openStore } from "./open.ts";
import { Store } from "./store.ts";

const schema = z.object({ n: z.int() });
type Counter = z.infer<typeof schema>;
const counter = (name: string): Row<Counter> => ({ key: ["counter", name], schema });
const counters: RowPrefix<Counter> = { prefix: ["counter"], schema };

async function namesOf(listing: AsyncIterable<{ key: Deno.KvKey }>): Promise<unknown[]> {
  return (await Array.fromAsync(listing)).map(({ key }) => key[1]);
}

Deno.test("a value that does not fit its schema fails its reader, and no list", async () => {
  const kv = await Deno.openKv(":memory:");
  const damaged: KvError[] = [];
  using store = new Store(kv, { onDamaged: (error) => damaged.push(error) });
  await store.set(counter("a"), { n: 1 });
  await kv.set(["counter", "b"], { n: "two" });
  await store.set(counter("c"), { n: 3 });

  const error = await assertRejects(() => store.get(counter("b")), KvError);
  assertEquals(error.code, "KV_VALUE_DAMAGED");
  assert(!error.message.includes("two"), "a message repeats no value");
  assertEquals(await namesOf(store.list(counters, { limit: 10 })), ["a", "c"]);
  assertEquals(damaged.map(({ code }) => code), ["KV_VALUE_DAMAGED"]);
});

Deno.test("list() pages in both directions", async () => {
  using store = await openStore({ kind: "memory" });
  for (const name of ["a", "b", "c", "d"]) await store.set(counter(name), { n: 0 });
  const page = (options: { reverse?: boolean; after?: string }) =>
    namesOf(store.list(counters, { limit: 2, ...options }));
  assertEquals(await page({}), ["a", "b"]);
  assertEquals(await page({ after: "b" }), ["c", "d"]);
  assertEquals(await page({ after: "d" }), []);
  assertEquals(await page({ reverse: true }), ["d", "c"]);
  assertEquals(await page({ reverse: true, after: "c" }), ["b", "a"]);
});

Deno.test("list() keeps to a range, in both directions", async () => {
  using store = await openStore({ kind: "memory" });
  for (const name of ["a", "b", "c", "d"]) await store.set(counter(name), { n: 0 });
  const range = (options: { reverse?: boolean; from?: string; before?: string }) =>
    namesOf(store.list(counters, { limit: 10, ...options }));
  assertEquals(await range({ from: "b", before: "d" }), ["b", "c"]);
  assertEquals(await range({ from: "b", before: "d", reverse: true }), ["c", "b"]);
  assertEquals(await range({ from: "c" }), ["c", "d"]);
  assertEquals(await range({ before: "b" }), ["a"]);
  assertEquals(await range({ from: "d", before: "b" }), []);
});

Deno.test("update() loses no change among rivals, and writes nothing when nothing is added", async () => {
  using store = await openStore({ kind: "memory" });
  const row = counter("a");
  const add = () =>
    store.update(row, (now, commit) => void commit.set(row, { n: (now?.n ?? 0) + 1 }));
  await Promise.all(Array.from({ length: 8 }, add));
  const before = await store.getEntry(row);
  assertEquals(before.value, { n: 8 });
  assertEquals(await store.update(row, (now) => now?.n), 8);
  assertEquals((await store.getEntry(row)).versionstamp, before.versionstamp);
});

Deno.test("a commit with a failed check changes nothing", async () => {
  using store = await openStore({ kind: "memory" });
  await store.set(counter("a"), { n: 1 });
  const outcome = await store.commit()
    .check(counter("a"), null)
    .set(counter("b"), { n: 2 })
    .commit();
  assertEquals(outcome, null);
  assertEquals(await store.get(counter("b")), null);
});

Deno.test("watch() tells of changes and ends with its signal or with the store", async () => {
  const store = await openStore({ kind: "memory" });
  const stop = new AbortController();
  const seen: (number | undefined)[] = [];
  for await (const [entry] of store.watch([counter("a")], stop.signal)) {
    seen.push(entry?.value?.n);
    if (seen.length === 1) await store.set(counter("a"), { n: 7 });
    else stop.abort();
  }
  assertEquals(seen, [undefined, 7]);

  for await (const _ of store.watch([counter("a")], new AbortController().signal)) {
    store[Symbol.dispose]();
  }
  const error = await assertRejects(() => store.get(counter("a")), KvError);
  assertEquals(error.code, "KV_CLOSED");
});

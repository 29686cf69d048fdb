import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { Builder } from "./dev.ts";
import { builtApp, developmentApp, type Handler } from "./testdata/fixture.ts";

const IMMUTABLE = "public, max-age=31536000, immutable";

async function get(handler: Handler, path: string, headers: HeadersInit = {}): Promise<Response> {
  return await handler(new Request(`http://localhost${path}`, { headers }));
}

/** The address of an island's chunk, from the page that uses it. */
async function counterUrl(handler: Handler): Promise<string> {
  const link = (await get(handler, "/")).headers.get("link") ?? "";
  return /<([^>]+Counter\.js)>/.exec(link)?.[1] ?? "";
}

Deno.test("a built island can be cached for ever; its page, of course, not", async () => {
  await using built = await builtApp();
  const url = await counterUrl(built.handler);
  const chunk = await get(built.handler, url);
  assertEquals(chunk.headers.get("cache-control"), IMMUTABLE);
  assertEquals(chunk.headers.get("content-type"), "text/javascript; charset=utf-8");
  const text = await chunk.text();
  assertEquals(chunk.headers.get("content-length"), String(new Blob([text]).size));
  assertEquals((await get(built.handler, "/")).headers.get("cache-control"), null);

  const etag = chunk.headers.get("etag") ?? "";
  const again = await get(built.handler, url, { "if-none-match": etag });
  assertEquals([again.status, await again.text()], [304, ""]);
});

Deno.test("asset() locks a static file to the build", async () => {
  await using built = await builtApp();
  const page = await (await get(built.handler, "/about")).text();
  const [, href = ""] = /href="(\/styles\.css\?__frsh_c=\w+)"/.exec(page) ?? [];
  const locked = await get(built.handler, href);
  assertEquals(locked.headers.get("cache-control"), IMMUTABLE);
  assertMatch(locked.headers.get("etag") ?? "", /^W\/"[0-9a-f]{64}"$/);
  const plain = await get(built.handler, "/styles.css");
  assertStringIncludes(plain.headers.get("cache-control") ?? "", "no-cache");
});

Deno.test("what an island imports on demand is a chunk of its own", async () => {
  await using built = await builtApp();
  const text = await (await get(built.handler, await counterUrl(built.handler))).text();
  assertEquals(text.includes("loaded on demand"), false);
  const chunks = await Array.fromAsync(Deno.readDir(`${built.root}/_fresh/js`));
  const bodies = await Promise.all(
    chunks.map(({ name }) => Deno.readTextFile(`${built.root}/_fresh/js/${name}`)),
  );
  assertEquals(bodies.filter((body) => body.includes("loaded on demand")).length, 1);
});

Deno.test("the same sources make the same build; a changed stylesheet makes another", async () => {
  await using first = await builtApp();
  await using second = await builtApp();
  const name = await counterUrl(first.handler);
  assertEquals(await counterUrl(second.handler), name);
  await Deno.writeTextFile(`${first.root}/static/styles.css`, "p { color: red }");
  await new Builder({ root: first.root }).build();
  const snapshot = await Deno.readTextFile(`${first.root}/_fresh/snapshot.js`);
  assertEquals(snapshot.includes(name), false);
});

Deno.test("in development nothing is cached and changed static files are seen", async () => {
  const handler = await developmentApp();
  for (const path of [await counterUrl(handler), "/styles.css"]) {
    const response = await get(handler, path);
    assertStringIncludes(response.headers.get("cache-control") ?? "", "no-store");
    assert((await response.text()).length > 0);
  }
});

Deno.test("islands resolve the import map, and what it does not have is named", async () => {
  // Inside the repository, for its node_modules.
  const root = await Deno.makeTempDir({
    dir: import.meta.dirname + "/testdata",
    prefix: "mapped-",
  });
  try {
    const imports = { "@lib/one": "./lib.ts", "hooked": "npm:preact@10.29.8/hooks" };
    await Deno.writeTextFile(`${root}/deno.json`, JSON.stringify({ imports }));
    await Deno.writeTextFile(`${root}/lib.ts`, `export const one: string = "from the library";`);
    await Deno.mkdir(`${root}/islands`);
    const island = (source: string) => Deno.writeTextFile(`${root}/islands/One.tsx`, source);
    await island(
      `import { one } from "@lib/one";\nimport { useState } from "hooked";\n` +
        `export default () => <p>{useState(one)[0]}</p>;`,
    );
    await new Builder({ root }).build({ snapshot: "disk" }).catch((error) => {
      // Deno itself does not know this map; the bundle was written before it was asked.
      assertMatch(String(error), /@lib\/one|hooked/);
    });
    assertStringIncludes(await Deno.readTextFile(`${root}/_fresh/js/One.js`), "from the library");

    await island(`import "missing-package";\nexport default () => null;`);
    await assertRejects(() => new Builder({ root }).build(), Error, "missing-package");
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

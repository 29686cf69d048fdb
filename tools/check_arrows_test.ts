import { assertEquals } from "@std/assert";
import { checkArrows } from "./check_arrows.ts";

const CONFIG = JSON.stringify({ lock: false, imports: { "@chatcode/kit": "./kit/mod.ts" } });

async function withTree(
  files: Record<string, string>,
  use: (root: URL) => Promise<void>,
): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    const root = new URL(`file://${await Deno.realPath(dir)}/`);
    for (const [path, text] of Object.entries({ "deno.json": CONFIG, ...files })) {
      await Deno.mkdir(new URL("./", new URL(path, root)), { recursive: true });
      await Deno.writeTextFile(new URL(path, root), text);
    }
    await use(root);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

const good = {
  "kit/mod.ts": `export const kit = 1;\n`,
  "relay/main.ts": `import { web } from "../web/mount.ts";\nconsole.log(web);\n`,
  "web/mount.ts": `export { kit as web } from "@chatcode/kit";\n`,
};

Deno.test("checkArrows() has nothing to say about a tree that keeps the rules", () =>
  withTree(good, async (root) => {
    assertEquals(await checkArrows(root), { files: 3, broken: [] });
  }));

Deno.test("checkArrows() finds each way to import across: value, type, dynamic, re-export", () =>
  withTree({
    ...good,
    "gateway/main.ts": [
      `// import { web } from "../relay/comment.ts";`,
      `import { x } from "../relay/x.ts";`,
      `import type { X } from "../relay/type.ts";`,
      `const text = 'import "../relay/text.ts"';`,
      `export const y = [x, text, await import("../relay/dynamic.ts")] as X[];`,
      `export * from "../relay/again.tsx";`,
    ].join("\n"),
    "relay/x.ts": `export const x = 1;`,
    "relay/type.ts": `export type X = unknown;`,
    "relay/dynamic.ts": `export const z = 1;`,
    "relay/again.tsx": `export const w = 1;`,
    "node_modules/gateway/bad.ts": `import "../../relay/x.ts";`,
  }, async (root) => {
    const { broken } = await checkArrows(root);
    assertEquals(
      broken.map(({ from, line, to }) => `${from}:${line} ${to}`).sort(),
      [
        "gateway/main.ts:2 relay/x.ts",
        "gateway/main.ts:3 relay/type.ts",
        "gateway/main.ts:5 relay/dynamic.ts",
        "gateway/main.ts:6 relay/again.tsx",
      ],
    );
    assertEquals(
      new Set(broken.map(({ rule }) => rule)),
      new Set(["gateway does not import relay"]),
    );
  }));

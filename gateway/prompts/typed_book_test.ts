import { assertEquals } from "@std/assert";
import { silentLog } from "@chatcode/kit";
import { MAX_TYPED, printOf, TYPED_KEPT_MS, TypedBook } from "./typed_book.ts";

const entry = (text: string, more: { atMs?: number } = {}) => ({
  ...{ print: printOf("s", text), atMs: Date.now(), isEntered: true, wasBusy: false },
  ...more,
});

async function withPath(act: (path: string, open: () => TypedBook) => void): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "cc-typed-" });
  const path = `${folder}/prompts.json`;
  try {
    act(path, () => TypedBook.open(path, silentLog));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("[RQ5] what was typed is known after a restart, by digests alone", async () => {
  await withPath((path, open) => {
    open().put("anna's key", { ...entry("my secret plan"), before: "c" });
    const again = open();
    const known = again.get("anna's key");
    assertEquals([known?.print, known?.before], [printOf("s", "my secret plan"), "c"]);
    assertEquals(again.get("another"), undefined);
    again.seen("anna's key", "turn 1");
    assertEquals([again.isTaken("turn 1", "anna's key"), again.isTaken("turn 1", "x")], [
      false,
      true,
    ]);
    const text = Deno.readTextFileSync(path);
    assertEquals([text.includes("anna"), text.includes("secret")], [false, false]);
    assertEquals((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
  });
});

Deno.test("[RQ5] the newest two hundred are known, for a day", async () => {
  await withPath((_path, open) => {
    const book = open();
    for (let n = 0; n < MAX_TYPED + 5; n++) book.put(`key ${n}`, entry("x"));
    assertEquals([book.get("key 4"), book.get("key 5")?.isEntered], [undefined, true]);
    book.put("old", entry("x", { atMs: Date.now() - TYPED_KEPT_MS - 1 }));
    for (let n = 0; n < MAX_TYPED; n++) book.put(`more ${n}`, entry("x"));
    assertEquals(open().get("old"), undefined);
  });
});

Deno.test("a book that is damaged or cannot be written keeps nobody from typing", async () => {
  await withPath((path, open) => {
    for (const text of ["", "{", "[7]", '{"a":1}']) {
      Deno.writeTextFileSync(path, text);
      assertEquals(open().get("key"), undefined);
    }
    Deno.mkdirSync(`${path}.draft`);
    const book = open();
    book.put("key", entry("x"));
    assertEquals(book.get("key")?.isEntered, true);
  });
});

import { assertEquals } from "@std/assert";
import { shortcutOf } from "./routing.ts";

const plain = { ctrlKey: false, shiftKey: false, altKey: false, metaKey: false };

Deno.test("shortcutOf() keeps few keys from the session", () => {
  const cases = [
    [{ ...plain, key: "PageUp" }, undefined],
    [{ ...plain, key: "PageUp", shiftKey: true }, "page-up"],
    [{ ...plain, key: "End", shiftKey: true }, "end"],
    [{ ...plain, key: "F", ctrlKey: true, shiftKey: true }, "search"],
    [{ ...plain, key: "f", metaKey: true, shiftKey: true }, "search"],
    [{ ...plain, key: "f", ctrlKey: true }, undefined],
    [{ ...plain, key: "c", ctrlKey: true }, undefined],
    [{ ...plain, key: "C", ctrlKey: true, shiftKey: true }, "copy"],
    [{ ...plain, key: "Escape" }, undefined],
    [{ ...plain, key: "Escape", ctrlKey: true, shiftKey: true }, "leave"],
    [{ ...plain, key: "F6" }, undefined],
    [{ ...plain, key: "F6", ctrlKey: true }, "leave"],
    [{ ...plain, key: "Home", ctrlKey: true, shiftKey: true, altKey: true }, undefined],
  ] as const;
  for (const [event, expected] of cases) assertEquals(shortcutOf(event), expected, event.key);
});

import { assertEquals } from "@std/assert";
import { bold, code, expandableQuote, join, link, plain, pre } from "./rich_text.ts";

Deno.test("join() moves entities along, in UTF-16 units", () => {
  assertEquals(join("👍 ", bold("a"), " ", code("b"), "\n", link("c", "https://example.com/")), {
    text: "👍 a b\nc",
    entities: [
      { type: "bold", offset: 3, length: 1 },
      { type: "code", offset: 5, length: 1 },
      { type: "text_link", offset: 7, length: 1, url: "https://example.com/" },
    ],
  });
});

Deno.test("link() shows the address where Telegram would refuse the link", () => {
  assertEquals(link("page", "http://localhost:3000"), plain("page (http://localhost:3000)"));
  assertEquals(link("http://localhost", "http://localhost"), plain("http://localhost"));
});

Deno.test("empty parts have no entities", () => {
  assertEquals(join(bold(""), code(" "), pre("\n")), { text: " ", entities: [] });
});

Deno.test("expandableQuote() keeps what is in it, but no quote", () => {
  assertEquals(expandableQuote(join(expandableQuote("a"), bold("b"))).entities, [
    { type: "expandable_blockquote", offset: 0, length: 2 },
    { type: "bold", offset: 1, length: 1 },
  ]);
});

Deno.test("text is as Telegram shows it: no control characters, no lone surrogates", () => {
  assertEquals(plain("a\u0000\r\nb\u202e\ud83d a\u030a").text, "a␀\nb\ufffd å");
});

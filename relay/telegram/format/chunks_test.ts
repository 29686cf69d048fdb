import { assertEquals } from "@std/assert";
import { chunks } from "./chunks.ts";
import { richText } from "./markdown.ts";
import { bold, join, plain, pre } from "./rich_text.ts";
import { messageProblems } from "./testing/judge.ts";

const texts = (parts: readonly { text: string }[]) => parts.map(({ text }) => text);

Deno.test("[TG3] what fits is one message, nothing is none", () => {
  assertEquals(chunks(plain("a")), [{ text: "a", entities: [] }]);
  assertEquals(chunks(plain("")), []);
  assertEquals(chunks(plain(" \n\u200b\u00a0")), []);
});

Deno.test("[TG3] cuts between paragraphs, else lines, else words, else characters", () => {
  const limits = { units: 20, entities: 100 };
  assertEquals(texts(chunks(plain("one two three\n\nfour\nfive six"), limits)), [
    "one two three",
    "four\nfive six",
  ]);
  assertEquals(texts(chunks(plain("one two three\nfour five six"), limits)), [
    "one two three",
    "four five six",
  ]);
  assertEquals(texts(chunks(plain("one two three four five"), limits)), [
    "one two three four",
    "five",
  ]);
  assertEquals(texts(chunks(plain("👩‍👩‍👧‍👦".repeat(3)), limits)), ["👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦"]);
  assertEquals(texts(chunks(plain("🇩🇪".repeat(6)), { units: 10, entities: 9 })), [
    "🇩🇪🇩🇪",
    "🇩🇪🇩🇪",
    "🇩🇪🇩🇪",
  ]);
  assertEquals(texts(chunks(plain("a" + "\u0301".repeat(30)), limits)).join("").length, 31);
});

Deno.test("[TG3] code is closed and opened again, with its language and its indent", () => {
  const parts = chunks(pre("if a {\n    one();\n    two();\n}", "go"), { units: 20, entities: 9 });
  assertEquals(texts(parts), ["if a {\n    one();", "\u00a0\u00a0\u00a0\u00a0two();\n}"]);
  assertEquals(parts.map(({ entities }) => entities), [
    [{ type: "pre", offset: 0, length: 17, language: "go" }],
    [{ type: "pre", offset: 0, length: 12, language: "go" }],
  ]);
});

Deno.test("[TG3] a place outside code is preferred", () => {
  const rich = richText("Some words here.\n\n```\na\nb\nc\nd\n```");
  assertEquals(texts(chunks(rich, { units: 24, entities: 9 })), ["Some words here.", "a\nb\nc\nd"]);
});

Deno.test("[TG3] more than 100 entities make another message", () => {
  const rich = join(...Array.from({ length: 250 }, () => join(bold("a"), " b ")));
  const parts = chunks(rich);
  assertEquals(parts.map(({ entities }) => entities.length), [100, 100, 50]);
  assertEquals(parts.flatMap((part) => messageProblems(part)), []);
});

Deno.test("[TG3] limits of a caption", () => {
  const parts = chunks(plain("word ".repeat(500)), { units: 1_024, entities: 100 });
  assertEquals(parts.length, 3);
  assertEquals(texts(parts).join(" "), "word ".repeat(500).trimEnd());
});

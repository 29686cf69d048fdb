import { assertEquals } from "@std/assert";
import type { MessageEntity } from "grammy/types";
import { tidyEntities } from "./tidy_entities.ts";

const tidy = (text: string, ...entities: [MessageEntity["type"], number, number][]) =>
  tidyEntities(
    text,
    entities.map(([type, offset, length]) => ({ type, offset, length }) as MessageEntity),
  ).map(({ type, offset, length }) => [type, offset, length]);

Deno.test("white space at the ends of an entity is not part of it", () => {
  assertEquals(tidy(" a  b ", ["bold", 0, 6], ["italic", 2, 2]), [["bold", 1, 4]]);
});

Deno.test("styles of one kind that touch are one", () => {
  assertEquals(tidy("abcd", ["bold", 0, 2], ["bold", 2, 1], ["bold", 1, 3]), [["bold", 0, 4]]);
});

Deno.test("styles that cross are cut where they do", () => {
  assertEquals(tidy("abcdef", ["italic", 0, 4], ["bold", 2, 4]), [
    ["italic", 0, 4],
    ["bold", 2, 2],
    ["bold", 4, 2],
  ]);
});

Deno.test("a style is cut at the edge of a link or a quote that it crosses", () => {
  assertEquals(tidy("abcdef", ["bold", 0, 4], ["text_link", 2, 4], ["blockquote", 3, 3]), [
    ["bold", 0, 3],
    ["blockquote", 3, 3],
    ["bold", 3, 1],
  ]);
});

Deno.test("nothing is inside code, and of code and links only the outer one stays", () => {
  assertEquals(tidy("abcdef", ["bold", 0, 6], ["code", 2, 2], ["italic", 2, 1]), [
    ["bold", 0, 2],
    ["code", 2, 2],
    ["bold", 4, 2],
  ]);
  assertEquals(tidy("abcdef", ["text_link", 0, 6], ["code", 2, 2]), [["text_link", 0, 6]]);
});

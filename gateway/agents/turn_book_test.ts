import { assert, assertEquals } from "@std/assert";
import { MAX_TURN_TEXT, turn } from "@chatcode/protocol";
import { TurnBook } from "./turn_book.ts";

Deno.test("TurnBook tells a turn once, and anew with the next rev and its first time", () => {
  const book = new TurnBook();
  const draft = { kind: "progress" as const, id: "1", atMs: 5, text: "a" };
  assertEquals(book.tell(draft), [{ ...draft, rev: 0 }]);
  assertEquals(book.tell({ ...draft, atMs: 9 }), []);
  assertEquals(book.tell({ ...draft, kind: "final", atMs: 9 }), [
    { ...draft, kind: "final", rev: 1 },
  ]);
  assertEquals(book.tell({ ...draft, text: "b" }, 7)[0]?.rev, 7);
  assertEquals(book.kindOf("1"), "progress");
});

Deno.test("TurnBook cuts what is too long, and says so", () => {
  const book = new TurnBook();
  const emoji = "😀".repeat(MAX_TURN_TEXT);
  const [prompt] = book.tell({ kind: "prompt", id: "i".repeat(500), atMs: 1, text: `x${emoji}` });
  assert(prompt?.kind === "prompt" && prompt.cut === true && prompt.text.isWellFormed());
  turn.parse(prompt);
  const [tool] = book.tell({
    kind: "tool",
    id: "t",
    atMs: 1,
    name: "n".repeat(500),
    summary: emoji,
    state: "ok",
    diff: emoji,
    output: `${emoji}the end`,
  });
  assert(tool?.kind === "tool" && tool.output?.isWellFormed() && tool.output.endsWith("the end"));
  turn.parse(tool);
  // Ids that differ behind the cut stay different.
  const [other] = book.tell({ kind: "interrupted", id: `${"i".repeat(499)}j`, atMs: 1 });
  assert(other !== undefined && other.id !== prompt.id);
  turn.parse(other);
});

Deno.test("TurnBook forgets the oldest, so that it stays small", () => {
  const book = new TurnBook();
  for (let n = 0; n < 20_000; n++) book.tell({ kind: "interrupted", id: `${n}`, atMs: 1 });
  assertEquals([book.kindOf("0"), book.kindOf("19999")], [undefined, "interrupted"]);
});

import { assertEquals } from "@std/assert";
import type { Turn } from "@chatcode/protocol";
import { type Block, blocksOf, sameBlock } from "./blocks.ts";

const say = (id: string, kind: "prompt" | "progress" | "final"): Turn => ({
  id,
  rev: 0,
  atMs: 0,
  kind,
  text: id,
});
const tool = (id: string): Turn => ({
  id,
  rev: 0,
  atMs: 0,
  kind: "tool",
  name: "Bash",
  summary: "ls",
  state: "ok",
});
const usage = (id: string, output: number): Turn => ({
  id,
  rev: 0,
  atMs: 0,
  kind: "usage",
  usage: { model: "m", input: 10, cachedInput: 5, output },
});
const shape = (block: Block) =>
  block.kind === "steps"
    ? block.tools.map(({ id }) => id).join("+")
    : block.kind === "usage"
    ? `usage ${block.tokens.input}/${block.tokens.cachedInput}/${block.tokens.output}`
    : block.id;

Deno.test("tools in a row stand together, though usage lies between; usage is summed by exchange", () => {
  const blocks = blocksOf([
    say("p1", "prompt"),
    tool("a"),
    usage("u1", 1),
    tool("b"),
    say("s", "progress"),
    tool("c"),
    usage("u2", 2),
    say("f", "final"),
    say("p2", "prompt"),
    usage("u3", 3),
  ]);
  assertEquals(blocks.map(shape), [
    "p1",
    "a+b",
    "s",
    "c",
    "f",
    "usage 20/10/3",
    "p2",
    "usage 10/5/3",
  ]);
});

Deno.test("a block is the same until a turn in it changes", () => {
  const turns = [say("p1", "prompt"), tool("a"), tool("b"), usage("u", 1)];
  const before = blocksOf(turns);
  const same = (after: Block[]) => after.map((block, n) => sameBlock(before[n] as Block, block));
  assertEquals(same(blocksOf(turns)), [true, true, true]);
  const changed = [say("p1", "prompt"), turns[1] as Turn, tool("b"), usage("u", 2)];
  assertEquals(same(blocksOf(changed)), [false, false, false]);
});

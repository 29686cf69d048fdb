import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { readKeys } from "./keys.ts";

function parts(input: string): string[] {
  return readKeys(new TextEncoder().encode(input)).map((token) => {
    const text = new TextDecoder().decode(token.bytes);
    return token.type === "key" ? `key ${token.name}` : `${token.type} ${text}`;
  });
}

Deno.test("what a program must have byte for byte is raw", () => {
  const raw = [
    ...["a", "ls -l\r", "é🙂", "\x03", "\x7f", "\0", "\t"],
    ...["\x1b", "\x1bx", "\x1b\x7f", "\x1b[", "\x1bO", "\x1b]", "\x1bP", "\x1b\x1b"],
    ...[
      "\x1b[3~",
      "\x1b[5~",
      "\x1b[1;5A",
      "\x1b[1;2H",
      "\x1b[15~",
      "\x1bOP",
      "\x1b[Z",
      "\x1b[3;5R",
    ],
    ...[
      "\x1b[200~pasted\rtext\x1b[201~",
      "\x1b[13;2u",
      "\x1b]no digit\x07",
      "\x1b]10;cut",
      "\x1bP>|cut",
    ],
  ];
  for (const input of raw) assertEquals(parts(input), [`raw ${input}`], JSON.stringify(input));
});

Deno.test("cursor and keypad keys go by name, in both of their forms", () => {
  assertEquals(parts("\x1bOA\x1bOB\x1bOC\x1bOD\x1bOH\x1bOF"), [
    ...["key Up", "key Down", "key Right", "key Left", "key Home", "key End"],
  ]);
  assertEquals(parts("a\x1b[Ab\x1b[H"), ["raw a", "key Up", "raw b", "key Home"]);
  assertEquals(parts("\x1b\x1bOA"), ["raw \x1b", "key Up"]);
  assertEquals(parts("\x1bOM\x1bOp"), ["key KPEnter", "key KP0"]);
});

Deno.test("mouse, focus and answers are the tmux client's", () => {
  const mine = [
    ...["\x1b[<0;5;5M", "\x1b[<64;50;50m", "\x1b[M !!", "\x1b[I", "\x1b[O", "\x1b[?2026;2$y"],
    ...[
      "\x1b[8;24;80t",
      "\x1b]10;rgb:0000/0000/0000\x1b\\",
      "\x1b]52;c;aGk=\x07",
      "\x1bP1$r0m\x1b\\",
    ],
    ...["\x1b[?997;1n", "\x1b[?0u"],
  ];
  for (const input of mine) {
    assertEquals(parts(`a${input}b`), ["raw a", `client ${input}`, "raw b"], JSON.stringify(input));
  }
  for (const input of ["\x1b[?1;2c", "\x1b[>0;276;0c", "\x1bP>|xterm.js(6.0.0)\x1b\\"]) {
    assertEquals(parts(input + "x"), [`drop ${input}`, "raw x"]);
  }
});

Deno.test("no byte is lost or made up, whatever comes", () => {
  const piece = fc.constantFrom(
    "\x1b",
    "[",
    "O",
    "]",
    "P",
    "A",
    "M",
    "<",
    "1",
    ";",
    "\\",
    "\x07",
    "c",
    "\xff",
  );
  const input = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.array(piece, { maxLength: 60 }).map((all) =>
      Uint8Array.from(all.join(""), (c) => c.charCodeAt(0))
    ),
  );
  fc.assert(
    fc.property(input, (bytes) => {
      const joined = readKeys(bytes).flatMap((token) => [...token.bytes]);
      assertEquals(joined, [...bytes]);
      for (const token of readKeys(bytes)) assertEquals(token.bytes.length > 0, true);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("a long paste is read in linear time", () => {
  const worst = new TextEncoder().encode("\x1b]1".repeat(100_000));
  const start = performance.now();
  readKeys(worst);
  readKeys(new TextEncoder().encode("\x1b[1".repeat(100_000)));
  assertEquals(performance.now() - start < 2_000, true);
});

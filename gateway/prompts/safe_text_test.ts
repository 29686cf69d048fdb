import { assert, assertEquals, assertThrows } from "@std/assert";
import { ProtocolError } from "@chatcode/protocol";
import { safeText } from "./safe_text.ts";

const COMMANDS = ["/clear", "/model"];

/** What each must become; `undefined`: refused. */
const HOSTILE: readonly [string, string | undefined][] = [
  ["!touch x", " !touch x"],
  ["!!", " !!"],
  ["！touch x", " ！touch x"],
  ["\u200b!touch x", " !touch x"],
  ["\n \ufeff!touch x", " !touch x"],
  [" !touch x", " !touch x"],
  ["\x00!touch x", " !touch x"],
  ["\x1b!touch x", " !touch x"],
  ["\u202e!touch x", " !touch x"],
  ["\x1b[201~\r!touch x\r", " !touch x"],
  ["a\x1b[201~\rtouch x\r", "a\ntouch x"],
  ["a\x9b201~b", "a201~b"],
  ["a\x1b[201b", "a"],
  ["a\x1b]0;title\x07b", "ab"],
  ["a\x1b]0;title\x1b\\b", "ab"],
  ["a\x1bPq\x1b\\b", "aPq\\b"],
  ["a\rb", "a\nb"],
  ["a\r\nb", "a\nb"],
  ["a\n\rb", "a\n\nb"],
  ["a\0b", "ab"],
  ["a\x03b", "ab"],
  ["a\x04b", "ab"],
  ["a\x15b", "ab"],
  ["a\x1ab", "ab"],
  ["a\x7fb", "ab"],
  ["a\x85b", "a\nb"],
  ["a\u2028b\u2029c", "a\nb\nc"],
  ["a\x0bb\x0cc", "abc"],
  ["a\tb\nc", "a\tb\nc"],
  ["a\u202eb\u2066c\u2069", "abc"],
  ["a\u200fb\u200ec\u061cd", "abcd"],
  ["a\ud800b", "a\ufffdb"],
  ["1", "1"],
  ["3", "3"],
  ["y", "y"],
  ["--help", "--help"],
  ["-rf /", "-rf /"],
  ["$(touch x)", "$(touch x)"],
  ["`touch x`", "`touch x`"],
  ["; touch x", "; touch x"],
  ["a\\", "a\\ "],
  ["see @src", "see @src "],
  ["ok  \n\n", "ok"],
  ["/clear", "/clear"],
  ["  /clear", "/clear"],
  ["/model x", "/model x"],
  ["/exit", undefined],
  ["\x00/exit", undefined],
  [" /exit", undefined],
  ["/clear/../exit", undefined],
  ["/etc/passwd", undefined],
  ["/", undefined],
  ["exit", undefined],
  ["QUIT", undefined],
  [":q!", undefined],
  ["", undefined],
  [" \n\t ", undefined],
  ["\x1b\x00", undefined],
];

Deno.test("[PR2] [PR3] hostile prompts lose what could be a key, or are refused", () => {
  assert(HOSTILE.length >= 40);
  for (const [given, wanted] of HOSTILE) {
    const name = JSON.stringify(given);
    if (wanted === undefined) {
      const error = assertThrows(() => safeText(given, COMMANDS), ProtocolError, undefined, name);
      assertEquals(error.code, "PROMPT_REFUSED", name);
      continue;
    }
    const { text, changes } = safeText(given, COMMANDS);
    assertEquals(text, wanted, name);
    assertEquals(changes.length > 0, text !== given, `${name}: ${changes}`);
  }
});

Deno.test("[PR2] 64 KB of every kind of character hold no control character afterwards", () => {
  const given = Array.from({ length: 65_536 }, (_, at) => String.fromCharCode(at % 0x2100)).join(
    "",
  );
  const { text } = safeText(`x${given}`, COMMANDS);
  // deno-lint-ignore no-control-regex -- none may be left
  assertEquals(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/.test(text), false);
});

Deno.test("[PR2] what is safe already is not changed", () => {
  const text = "Grüße 👩‍💻\n\n```sh\n\techo $HOME\n```\n# heading";
  assertEquals(safeText(text, COMMANDS), { text, changes: [] });
});

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { PrivateTmux } from "../tmux/private_tmux.ts";
import { openFfiPty } from "./ffi_pty.ts";
import { keyLines } from "./key_lines.ts";
import { readKeys } from "./keys.ts";
import { RawReader } from "./testing/raw_reader.ts";

async function type(tmux: PrivateTmux, session: string, input: Uint8Array): Promise<void> {
  for (const { commands: [first, ...rest] } of keyLines(session, readKeys(input))) {
    if (first !== undefined) await tmux.control.run(first, ...rest);
  }
}

Deno.test("lines are short, cover the input, and hold no line end", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20_000, size: "max" }), fc.boolean(), (bytes, text) => {
      const input = text ? bytes.map((byte) => byte % 40 === 0 ? byte : 0x27 + byte % 80) : bytes;
      const lines = keyLines("one", readKeys(input));
      assertEquals(lines.reduce((sum, { length }) => sum + length, 0), input.length);
      for (const { commands } of lines) {
        const line = commands.join(" ; ");
        assert(line.length < 3_900, `${line.length}`);
        assert(!line.includes("\n"));
      }
    }),
    { numRuns: 50 },
  );
});

Deno.test("any bytes arrive as they are", async () => {
  await using tmux = await PrivateTmux.open();
  const reader = await RawReader.start(tmux, "one");
  let sent: number[] = [];
  const every = Uint8Array.from({ length: 256 }, (_, i) => i);
  const text = new TextEncoder().encode(
    'it\'s; "quoted" $HOME ~ #{pid} {a} \\ %if -x é漢🙂 '.repeat(9),
  );
  // No ESC: what that begins may rightly be changed.
  const plain = fc.uint8Array({ maxLength: 300 }).map((bytes) =>
    bytes.map((b) => b === 27 ? 28 : b)
  );
  await fc.assert(
    fc.asyncProperty(fc.oneof(plain, fc.constantFrom(every, text)), async (input) => {
      const bytes = input.filter((byte) => byte !== 27);
      await type(tmux, "one", bytes);
      sent = sent.concat([...bytes]);
      assertEquals([...(await reader.atLeast(sent.length))], sent);
    }),
    { numRuns: 60 },
  );
});

const KEYS = [
  ...["a", "é", "🙂", "\x03", "\x7f", "\x08", "\t", "\r", "\n", "\0", "\x1c", "\x1f"],
  ...["A", "B", "C", "D", "H", "F"].flatMap((k) => [`\x1b[${k}`, `\x1bO${k}`]),
  ...[2, 3, 4, 5, 6, 7, 8].flatMap((m) => ["A", "D", "H", "F"].map((k) => `\x1b[1;${m}${k}`)),
  ...["\x1b[2~", "\x1b[3~", "\x1b[5~", "\x1b[6~", "\x1b[1~", "\x1b[4~", "\x1b[3;5~", "\x1b[5;2~"],
  ...["\x1bOP", "\x1bOQ", "\x1bOR", "\x1bOS", "\x1b[15~", "\x1b[17~", "\x1b[18~", "\x1b[19~"],
  ...["\x1b[20~", "\x1b[21~", "\x1b[23~", "\x1b[24~", "\x1b[1;2P", "\x1b[1;5R", "\x1b[24;5~"],
  ...["\x1b[Z", "\x1b", "\x1bx", "\x1bX", "\x1b\x7f", "\x1b\r", "\x1b[", "\x1bO", "\x1b]", "\x1bé"],
  ...["\x1b\x1b[A", "\x1b\x1bOA", "\x1bOM", "\x1bOj", "\x1bOn", "\x1bOp", "\x1bOy", "\x1bOo"],
  ...["\x1b[200~pasted\rtext\x1b[201~", "\x1b[200~x\x1b[Ay\x1b[201~"],
];

const MARK = new Uint8Array([0x1e]);

const MODES = {
  plain: "",
  application: "\\033[?1h\\033=",
  "bracketed paste": "\\033[?2004h",
  "extended keys": "\\033[>4;1m",
};

for (const [name, modes] of Object.entries(MODES)) {
  Deno.test(`each key arrives as through a tmux client of one's own: ${name}`, async () => {
    await using tmux = await PrivateTmux.open();
    const local = await RawReader.start(tmux, "local", modes);
    const ours = await RawReader.start(tmux, "ours", modes);
    await using pty = openFfiPty({
      argv: tmux.commands.argv(["attach-session", "-t", "=local", "-f", "ignore-size"]),
      env: tmux.commands.env,
      size: { cols: 80, rows: 24 },
    });
    await new Promise<void>((resolve) => pty.onOutput(() => resolve()));
    let before = 0;
    let at = 0;
    for (const key of KEYS) {
      const bytes = new TextEncoder().encode(key);
      await type(tmux, "ours", bytes);
      // A mark behind the key tells when all of it is there; in a terminal it would change an ESC.
      await type(tmux, "ours", MARK);
      const mine = await waitFor(() => {
        const typed = ours.typed().slice(at);
        return typed.at(-1) === MARK[0] && typed.slice(0, -1);
      }, { what: "the mark" });
      pty.write(bytes);
      const theirs = (await local.atLeast(before + mine.length)).slice(before);
      assertEquals(show(mine), show(theirs), `key ${JSON.stringify(key)}`);
      at += mine.length + 1;
      before += theirs.length;
    }
  });
}

function show(bytes: Uint8Array): string {
  return JSON.stringify(String.fromCharCode(...bytes));
}

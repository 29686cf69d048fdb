import { assert, assertEquals } from "@std/assert";
import { withDeadline } from "@chatcode/kit";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { type OpenPty, type Pty, PTY_QUEUE_BYTES } from "./pty.ts";

const OPTIONS = {
  // Both ends as a person at a keyboard knows them: an echo, and Ctrl+D to end.
  argv: ["sh", "-c", "stty -icanon -icrnl -echo; exec cat"],
  env: { PATH: Deno.env.get("PATH") ?? "" },
  size: { cols: 80, rows: 24 },
} as const;

function collect(pty: Pty): { text(): string } {
  const decoder = new TextDecoder();
  let text = "";
  pty.onOutput((bytes) => text += decoder.decode(bytes, { stream: true }));
  return { text: () => text };
}

/** What every adapter of the port promises; `argv` is cat with its echo, or stands for it. */
export function ptyContract(
  name: string,
  open: OpenPty,
  argv: readonly [string, ...string[]],
): void {
  const start = () => open({ ...OPTIONS, argv });

  Deno.test(`${name}: what is written comes back, in order`, async () => {
    await using pty = start();
    const output = collect(pty);
    const lines = Array.from({ length: 200 }, (_, i) => `line ${i} äöü 🙂`);
    for (const line of lines) assert(pty.write(new TextEncoder().encode(line + "\n")));
    const last = lines.at(-1) ?? "";
    await waitFor(() => output.text().includes(last), { what: "the last line" });
    const text = output.text();
    let at = 0;
    for (const line of lines) {
      const found = text.indexOf(line, at);
      assert(found >= at, line);
      at = found;
    }
  });

  Deno.test(`${name}: output from before onOutput() is kept`, async () => {
    await using pty = start();
    assert(pty.write(new TextEncoder().encode("early\n")));
    await new Promise((resolve) => setTimeout(resolve, 0));
    const output = collect(pty);
    await waitFor(() => output.text().includes("early"), { what: "the early output" });
  });

  Deno.test(`${name}: Ctrl+D ends the program, and exited tells its code`, async () => {
    await using pty = start();
    const output = collect(pty);
    assert(pty.write(new TextEncoder().encode("last words\n\x04")));
    assertEquals(await withDeadline(pty.exited, 5_000, "the end"), { code: 0 });
    assert(output.text().includes("last words"), "all output came before the end");
    assertEquals(pty.write(new Uint8Array([1])), false, "nobody is left to write to");
    pty.resize({ cols: 10, rows: 10 });
  });

  Deno.test(`${name}: disposing ends the program, twice does no harm`, async () => {
    const pty = start();
    collect(pty);
    await pty[Symbol.asyncDispose]();
    await pty[Symbol.asyncDispose]();
    const { code } = await withDeadline(pty.exited, 5_000, "the end");
    assert(code >= 128, `${code}`);
  });

  Deno.test(`${name}: more than the queue's bound is refused whole`, async () => {
    await using pty = start();
    assertEquals(pty.write(new Uint8Array(PTY_QUEUE_BYTES + 1)), false);
    assertEquals(pty.write(new Uint8Array([0x61])), true);
  });
}

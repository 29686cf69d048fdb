import { assert, assertEquals } from "@std/assert";
import { withDeadline } from "@chatcode/kit";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { openFfiPty } from "./ffi_pty.ts";
import type { Pty } from "./pty.ts";
import { ptyContract } from "./pty_contract.ts";

ptyContract("ffi pty", openFfiPty, ["cat"]);

const env = { PATH: Deno.env.get("PATH") ?? "", ONLY: "this" };
const size = { cols: 91, rows: 27 };

function run(script: string): Pty & { text(): string } {
  const pty = openFfiPty({ argv: ["sh", "-c", script], env, cwd: "/", size });
  const decoder = new TextDecoder();
  let text = "";
  pty.onOutput((bytes) => text += decoder.decode(bytes, { stream: true }));
  return Object.assign(pty, { text: () => text });
}

Deno.test("ffi pty: size, folder, environment, controlling terminal, exit code", async () => {
  await using pty = run(
    "stty size; pwd; echo $ONLY; tty </dev/tty >/dev/null && echo ctty; exit 7",
  );
  assertEquals(await withDeadline(pty.exited, 5_000, "the end"), { code: 7 });
  assertEquals(pty.text(), "27 91\r\n/\r\nthis\r\nctty\r\n");
});

Deno.test("ffi pty: resize() tells the program by SIGWINCH", async () => {
  await using pty = run('trap "stty size" WINCH; echo ready; while :; do sleep 0.05; done');
  await waitFor(() => pty.text().includes("ready"), { what: "the program" });
  pty.resize({ cols: 120, rows: 40 });
  await waitFor(() => pty.text().includes("40 120"), { what: "the new size" });
});

Deno.test("ffi pty: a slow reader gets a 200 KB paste whole", async () => {
  await using pty = run(
    "stty raw -echo; echo ready; " +
      'n=0; while [ $n -lt 200000 ]; do sleep 0.01; n=$((n + $(head -c 20000 | wc -c))); done; echo "got $n"',
  );
  await waitFor(() => pty.text().includes("ready"), { what: "the program" });
  assert(pty.write(new Uint8Array(200_000).fill(0x61)));
  await waitFor(() => /got \d+/.test(pty.text()), { what: "the count" });
  assertEquals(/got (\d+)/.exec(pty.text())?.[1], "200000");
});

Deno.test("ffi pty: a program that ignores SIGTERM and SIGHUP does not stop dispose()", async () => {
  const pty = run('trap "" TERM HUP; echo ready; while :; do sleep 0.1; done');
  await waitFor(() => pty.text().includes("ready"), { what: "the program" });
  await withDeadline(pty[Symbol.asyncDispose](), 5_000, "the end");
});

Deno.test("ffi pty: no file descriptor stays behind", async () => {
  const count = () => [...Deno.readDirSync("/proc/self/fd")].length;
  const before = count();
  for (let i = 0; i < 20; i++) {
    await using pty = run("echo hi; cat");
    await waitFor(() => pty.text().includes("hi"), { what: "output" });
  }
  await waitFor(() => count() <= before + 1, { what: `no more than ${before} open files` });
});

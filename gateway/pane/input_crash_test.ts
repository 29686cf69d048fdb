import { assert, assertEquals } from "@std/assert";
import { sleep, systemClock } from "@chatcode/kit";
import { PrivateTmux } from "../tmux/private_tmux.ts";
import { RawReader } from "./testing/raw_reader.ts";

const ROUNDS = 20;
const WORDS = 60_000;

Deno.test("[IN2] a gateway killed at random moments loses and doubles no key", async () => {
  await using tmux = await PrivateTmux.open();
  const reader = await RawReader.start(tmux, "one");
  const typist = new URL("./testing/input_crash_typist.ts", import.meta.url).pathname;
  const whole = Array.from({ length: WORDS }, (_, i) => `${i} `).join("");
  // Of our own: each run takes the control client from the one before, and from `tmux` above.
  const args = ["run", "-A", typist, tmux.commands.socketName, tmux.commands.confPath, `${WORDS}`];
  await tmux.control[Symbol.asyncDispose]();
  const starts: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const child = new Deno.Command(Deno.execPath(), { args, stdout: "piped" }).spawn();
    const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const { value } = await lines.read();
    starts.push(Number(value));
    if (round < ROUNDS) {
      await sleep(systemClock, Math.random() * 40);
      child.kill("SIGKILL");
    }
    const { code } = await child.status;
    await lines.cancel();
    if (round === ROUNDS) assertEquals(code, 0, "the last one finishes");
  }
  const typed = new TextDecoder().decode(await reader.atLeast(whole.length));
  assertEquals(difference(typed, whole), "");
  const resumed = starts.filter((seq, i) => seq > (starts[i - 1] ?? 0)).length;
  assert(resumed > ROUNDS / 2, `the rounds were cut while they typed: ${starts}`);
});

/** The first place where they differ, with a little around it; empty if they do not. */
function difference(a: string, b: string): string {
  if (a === b) return "";
  let at = 0;
  while (a[at] === b[at]) at++;
  return `at ${at}: "${a.slice(at - 20, at + 20)}" for "${b.slice(at - 20, at + 20)}"`;
}

import { assert, assertEquals, assertRejects } from "@std/assert";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { TmuxError } from "../tmux/error.ts";
import { PrivateTmux } from "../tmux/private_tmux.ts";
import { captureScreen, historyPage } from "./history.ts";

async function startLines(tmux: PrivateTmux, script: string): Promise<void> {
  await tmux.commands.must(
    ["new-session", "-d", "-s", "one", "-x", "60", "-y", "10", "sh", "-c", `${script}; exec cat`],
  );
}

Deno.test("[HI1] pages hold the lines above the screen, from the oldest on", async () => {
  await using tmux = await PrivateTmux.open();
  await startLines(tmux, 'i=0; while [ $i -lt 2000 ]; do echo "line $i"; i=$((i+1)); done');
  await waitFor(async () => (await captureScreen(tmux.commands, "one")).includes("line 1999"), {
    what: "the last line",
  });
  const page = await historyPage(tmux.commands, { session: "one", start: 0, count: 3 });
  assertEquals(page, {
    historySize: 1991, // 2000 lines, of which 9 and the cursor's are on the screen
    start: 0,
    cols: 60,
    lines: ["line 0", "line 1", "line 2"],
  });
  const middle = await historyPage(tmux.commands, { session: "one", start: 700, count: 1000 });
  assertEquals([middle.lines.length, middle.lines[0], middle.lines.at(-1)], [
    1000,
    "line 700",
    "line 1699",
  ]);
  const end = await historyPage(tmux.commands, { session: "one", start: 1989, count: 100 });
  assertEquals(end.lines, ["line 1989", "line 1990"]);
  const beyond = await historyPage(tmux.commands, { session: "one", start: 5000, count: 1 });
  assertEquals([beyond.start, beyond.lines], [1991, []]);
});

Deno.test("[HI1] colours are kept", async () => {
  await using tmux = await PrivateTmux.open();
  await startLines(tmux, "printf '\\033[31mred\\033[0m\\n'; seq 1 20");
  await waitFor(async () => (await captureScreen(tmux.commands, "one")).includes("20"), {
    what: "the last line",
  });
  const { lines } = await historyPage(tmux.commands, { session: "one", start: 0, count: 1 });
  assert(lines[0]?.startsWith("\x1b[31mred"), JSON.stringify(lines));
});

Deno.test("[HI1] a page is right while lines scroll by", async () => {
  await using tmux = await PrivateTmux.open();
  await startLines(tmux, 'i=0; while [ $i -lt 20000 ]; do echo "line $i"; i=$((i+1)); done');
  for (let round = 0; round < 10; round++) {
    const { historySize } = await waitFor(async () => {
      const page = await historyPage(tmux.commands, { session: "one", start: 0, count: 1 });
      return page.historySize > 10 && page;
    }, { what: "some history" });
    const start = Math.max(0, historySize - 50);
    const page = await historyPage(tmux.commands, { session: "one", start, count: 20 });
    page.lines.forEach((line, i) => assertEquals(line, `line ${start + i}`));
    assert(page.lines.length > 0);
  }
});

Deno.test("[HI2] a page keeps to its bound in bytes", async () => {
  await using tmux = await PrivateTmux.open();
  const cell = "\\033[38;2;1;2;%dm%s";
  const line = `i=0; while [ $i -lt 400 ]; do printf '${cell}' $((i%2)) x; i=$((i+1)); done`;
  await tmux.commands.must([
    ...["new-session", "-d", "-s", "one", "-x", "400", "-y", "10", "sh", "-c"],
    `l="$(${line})"; for i in $(seq 1 400); do printf '%s\\n' "$l"; done; printf end; exec cat`,
  ]);
  await waitFor(async () => (await captureScreen(tmux.commands, "one")).includes("end"), {
    what: "the last line",
  });
  const page = await historyPage(tmux.commands, { session: "one", start: 0, count: 300 });
  const bytes = new TextEncoder().encode(page.lines.join("\n")).length;
  assert(bytes <= 512 * 1024 && page.lines.length > 10 && page.lines.length < 300, `${bytes}`);
});

Deno.test("historyPage() tells a session that is gone, and misuse", async () => {
  await using tmux = await PrivateTmux.open();
  const error = await assertRejects(
    () => historyPage(tmux.commands, { session: "none", start: 0, count: 1 }),
    TmuxError,
  );
  assertEquals(error.code, "SESSION_NOT_FOUND");
  for (const [start, count] of [[-1, 1], [0, 0], [0, 1001]] as const) {
    await assertRejects(
      () => historyPage(tmux.commands, { session: "none", start, count }),
      RangeError,
    );
  }
});

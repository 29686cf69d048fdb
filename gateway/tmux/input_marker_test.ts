import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { TmuxError } from "./error.ts";
import { parseMarker, readMarker, removeMarker, setMarker } from "./input_marker.ts";
import { PrivateTmux } from "./private_tmux.ts";

Deno.test("a marker is read back as it was set, and only for its viewer", async () => {
  await using tmux = await PrivateTmux.open();
  await tmux.commands.must(["new-session", "-d", "-s", "one", "cat"]);
  const marker = { seq: 4_503_599_627_370, atMs: 1_795_000_000_000 };
  await tmux.control.run(setMarker("one", "tab-1_x", marker));
  assertEquals(await readMarker(tmux, "one", "tab-1_x"), marker);
  assertEquals(await readMarker(tmux, "one", "tab-1"), undefined);
  await removeMarker(tmux, "one", "tab-1_x");
  assertEquals(await readMarker(tmux, "one", "tab-1_x"), undefined);
});

Deno.test("no program in the session inherits a marker", async () => {
  await using tmux = await PrivateTmux.open();
  await tmux.commands.must(["new-session", "-d", "-s", "one", "cat"]);
  await tmux.control.run(setMarker("one", "tab", { seq: 1, atMs: 0 }));
  const out = `${tmux.folder}/env`;
  await tmux.commands.must([
    ...["new-window", "-t", "=one:", `env > '${out}'; tmux wait-for -S done`],
    ...[";", "wait-for", "done"],
  ]);
  assertEquals((await Deno.readTextFile(out)).includes("CC_IN_"), false);
});

Deno.test("parseMarker() takes nothing else", () => {
  assertEquals(parseMarker("5:10"), { seq: 5, atMs: 10_000 });
  for (const text of ["", "5", "-5:1", "5:1:p", "1e3:1", "5:1\n"]) {
    assertEquals(parseMarker(text), undefined);
  }
});

Deno.test("markers of a session that is gone, and of no viewer", async () => {
  await using tmux = await PrivateTmux.open();
  await assertRejects(() => readMarker(tmux, "none", "tab"), TmuxError);
  await removeMarker(tmux, "none", "tab");
  assertThrows(() => setMarker("one", "a b", { seq: 0, atMs: 0 }), RangeError);
});

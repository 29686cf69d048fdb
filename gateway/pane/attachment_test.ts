import { assert, assertEquals, assertRejects } from "@std/assert";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { TmuxError } from "../tmux/error.ts";
import { openFfiPty } from "./ffi_pty.ts";
import { PrivatePanes, type View } from "./testing/private_panes.ts";
import type { ViewerEvent } from "./viewer_event.ts";

const SHELL = "PS1='$ ' exec sh -i";

function resyncs(view: View): number {
  return view.screen.events.filter(({ type }) => type === "resync").length;
}

function last<T extends ViewerEvent["type"]>(view: View, type: T) {
  return view.screen.events.findLast((event): event is ViewerEvent & { type: T } =>
    event.type === type
  );
}

Deno.test("[AT3] a new viewer gets a resync and a paint, types, and is acknowledged", async () => {
  await using panes = await PrivatePanes.open();
  await panes.start(SHELL);
  const view = await panes.view("tab");
  assertEquals(view.binding.outcome, "resync");
  await view.see("$");
  view.type("echo $((6*7))\r");
  await view.see("\n42\n");
  await view.matches();
  await waitFor(() => last(view, "input-ack")?.seq === 14, { what: "the acknowledgement" });
  assertEquals(resyncs(view), 1);
});

Deno.test("[AT2] a viewer that lost its connection goes on exactly where it stopped", async () => {
  await using panes = await PrivatePanes.open();
  await panes.start(SHELL);
  const first = await panes.view("tab");
  await first.see("$");
  first.binding[Symbol.dispose]();
  const other = await panes.view("other");
  other.type("seq 1 15\r");
  await other.see("\n15\n");
  const { screen } = first;
  const second = await panes.view("tab", { screen, resume: screen });
  assertEquals(second.binding.outcome, "replay");
  await second.see("\n15\n");
  await second.matches();
  assertEquals(resyncs(second), 1);
  // What is left of the old connection does nothing.
  first.binding.grant(1);
  assertEquals(first.binding.write(0, new Uint8Array([1])), { state: "closed" });
});

Deno.test("[AT2] another epoch, a pruned seq or a size in between: resync", async () => {
  await using panes = await PrivatePanes.open({ ringBytes: 1024 });
  await panes.start(SHELL);
  const view = await panes.view("tab");
  await view.see("$");
  const { screen } = view;
  const epoch = crypto.randomUUID();
  const other = await panes.view("tab", { screen, resume: { epoch, seq: screen.seq } });
  assertEquals(other.binding.outcome, "resync");
  await other.see("$");

  const old = screen.seq;
  other.type("for i in 1 2 3 4 5 6 7 8; do seq 1 40; done; echo done\r");
  await other.see("done\n");
  assert(screen.seq - old > 1024);
  const pruned = await panes.view("tab", { screen, resume: { epoch: screen.epoch, seq: old } });
  assertEquals(pruned.binding.outcome, "resync");
  await pruned.matches();

  const before = screen.seq;
  await pruned.attachment.resize({ cols: 70, rows: 20 });
  await pruned.matches();
  const sized = await panes.view("tab", { screen, resume: { epoch: screen.epoch, seq: before } });
  assertEquals(sized.binding.outcome, "resync");
  await sized.matches();
});

Deno.test("[SZ1] a resize reaches every viewer in its place, and every screen is true", async () => {
  await using panes = await PrivatePanes.open();
  await panes.start(SHELL);
  const desk = await panes.view("desk", { size: { cols: 100, rows: 30 } });
  const phone = await panes.view("phone", { size: { cols: 45, rows: 20 }, foreground: false });
  assertEquals([desk.attachment.holdsSize, phone.attachment.holdsSize], [true, false]);
  assertEquals(phone.attachment.size, { cols: 100, rows: 30 });
  desk.type("seq 1 60; tput cols\r");
  await phone.see("\n100\n");
  for (const size of [{ cols: 61, rows: 17 }, { cols: 133, rows: 41 }, { cols: 20, rows: 5 }]) {
    assertEquals(await desk.attachment.resize(size), { ...size, holdsSize: true });
    desk.type("seq 1 3\r");
    await Promise.all([desk.matches(), phone.matches()]);
    assertEquals(last(phone, "size"), { type: "size", ...size, holdsSize: false });
  }
  // A paint that had not begun gives way to the next one's, so there may be fewer than sizes.
  for (const viewer of [desk, phone]) assert(resyncs(viewer) >= 2 && resyncs(viewer) <= 4);
});

Deno.test("[SZ2] the size moves to a viewer that types or takes it", async () => {
  await using panes = await PrivatePanes.open();
  await panes.start(SHELL);
  const desk = await panes.view("desk", { size: { cols: 100, rows: 30 } });
  const phone = await panes.view("phone", { size: { cols: 45, rows: 20 } });
  await desk.see("$");
  phone.type("x");
  await waitFor(() => last(desk, "size")?.cols === 45, { what: "the phone's size" });
  await waitFor(() => last(phone, "size")?.holdsSize === true, { what: "the phone to hold it" });
  await Promise.all([desk.matches(), phone.matches()]);
  const wish = { cols: 90, rows: 25 };
  assertEquals((await desk.attachment.resize(wish)).holdsSize, false);
  assertEquals(await desk.attachment.resize(wish, { take: true }), { ...wish, holdsSize: true });
  phone.binding[Symbol.dispose]();
  await desk.matches();
});

Deno.test("[CR3] a viewer that stops reading costs nothing and is true again at once", async () => {
  await using panes = await PrivatePanes.open({ ringBytes: 16 * 1024 });
  await panes.start("printf '\\033[?1h\\033[?2004h\\033[?1002h\\033[?1006h'; " + SHELL);
  const slow = await panes.view("slow", { creditBytes: 8 * 1024 });
  const quick = await panes.view("quick");
  await slow.see("$");
  slow.screen.reads = false;
  quick.type("i=0; while [ $i -lt 400 ]; do seq 1 24; i=$((i+1)); done; echo flood $((6*7))\r");
  await quick.see("\nflood 42\n");
  await waitFor(() => !slow.attachment.isLive, { what: "the slow viewer's client to be ended" });
  assert(quick.attachment.isLive);
  quick.type("echo true screen\r");
  await quick.see("\ntrue screen\n");
  const start = performance.now();
  slow.screen.resume();
  await slow.see("\ntrue screen\n");
  const tookMs = performance.now() - start;
  assert(tookMs < 1_000, `${tookMs}`);
  await slow.matches();
  assertEquals(resyncs(slow), 2);
  const { applicationCursorKeysMode, bracketedPasteMode, mouseTrackingMode } =
    slow.screen.terminal.modes;
  assertEquals({ applicationCursorKeysMode, mouseTrackingMode, bracketedPasteMode }, {
    applicationCursorKeysMode: true,
    mouseTrackingMode: "drag",
    bracketedPasteMode: true,
  });
});

Deno.test("[IN4] a viewer that may only watch types nothing and changes no size", async () => {
  await using panes = await PrivatePanes.open();
  await panes.start(SHELL);
  const desk = await panes.view("desk");
  const watcher = await panes.view("watcher", { readOnly: true, size: { cols: 40, rows: 10 } });
  await watcher.see("$");
  watcher.type("echo watched\r");
  assertEquals(last(watcher, "input-ack")?.seq, 13);
  await watcher.attachment.resize({ cols: 40, rows: 10 }, { take: true });
  assertEquals(watcher.attachment.holdsSize, false);
  desk.type("echo mine\r");
  await watcher.see("\nmine\n");
  assert(!(await watcher.screen.text()).includes("watched"));
  await watcher.matches();
});

Deno.test("mouse reports reach a program that asks for them, and only then", async () => {
  await using panes = await PrivatePanes.open();
  await panes.start("stty raw -echo; printf '\\033[?1000h\\033[?1006hready'; exec cat -v");
  const view = await panes.view("tab");
  await view.see("ready");
  view.type("\x1b[<0;5;5M");
  await view.see("^[[<0;5;5M");
});

Deno.test("the session's end is told once, at last; later there is nothing to attach to", async () => {
  await using panes = await PrivatePanes.open();
  await panes.start(SHELL);
  const view = await panes.view("tab");
  await view.see("$");
  view.type("exit\r");
  await waitFor(() => view.screen.events.at(-1)?.type === "closed", { what: "the end" });
  assertEquals(last(view, "closed"), { type: "closed", reason: "ended" });
  const error = await assertRejects(() => panes.view("tab"), TmuxError);
  assertEquals(error.code, "SESSION_NOT_FOUND");
});

Deno.test("a tmux client that someone detaches is replaced", async () => {
  await using panes = await PrivatePanes.open();
  await panes.start(SHELL);
  const view = await panes.view("tab");
  await view.see("$");
  await panes.tmux.commands.must(["detach-client", "-s", "=one"]);
  await waitFor(() => resyncs(view) === 2, { what: "a second paint" });
  await view.matches();
});

Deno.test("[AT5] the same viewer again replaces the first; without one it is kept for its grace", async () => {
  await using panes = await PrivatePanes.open({ graceMs: 100 });
  await panes.start(SHELL);
  const first = await panes.view("tab");
  const second = await panes.view("tab");
  assertEquals(last(first, "closed"), { type: "closed", reason: "replaced" });
  assert(first.attachment === second.attachment);
  await second.see("$");
  second.binding[Symbol.dispose]();
  assert(second.attachment.isLive);
  await waitFor(() => !second.attachment.isLive, { what: "the grace to end" });
  const third = await panes.view("tab");
  assert(third.attachment !== second.attachment);
  await third.see("$");
});

Deno.test("nothing is told before start(), and nothing is lost by it", async () => {
  await using panes = await PrivatePanes.open();
  await panes.start(SHELL);
  const attachment = await panes.panes.attach("one", {
    viewer: "tab",
    size: { cols: 80, rows: 24 },
  });
  const told: string[] = [];
  const binding = attachment.bind((event) => told.push(event.type), { creditBytes: 100_000 });
  binding.write(0, new TextEncoder().encode("echo"));
  await waitFor(async () => {
    const [{ clients } = { clients: 0 }] = await panes.sessions.list();
    return clients > 0;
  }, { what: "the tmux client" });
  await attachment.setForeground(true);
  assertEquals(told, []);
  binding.start();
  await waitFor(() => told.includes("bytes") && told.includes("input-ack"), { what: "events" });
  assertEquals(told.filter((type) => type === "resync").length, 1);
});

Deno.test("no credit, no client; idle attachments cost no more than their client", async () => {
  let open = 0;
  await using panes = await PrivatePanes.open({
    openPty: (options) => {
      const pty = openFfiPty(options);
      open += 1;
      pty.exited.then(() => open -= 1);
      return pty;
    },
  });
  await panes.start(SHELL);
  const view = await panes.view("tab", { creditBytes: 0 });
  assertEquals([view.attachment.isLive, open], [false, 0]);
  view.binding.grant(1000);
  assertEquals(view.attachment.isLive, true);
  await view.see("$");
  await view.attachment[Symbol.asyncDispose]();
  assertEquals(open, 0);
});

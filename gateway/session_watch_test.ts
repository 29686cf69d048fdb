import { assertEquals } from "@std/assert";
import { silentLog } from "@chatcode/kit";
import type { HostId, Session, SessionId } from "@chatcode/protocol";
import { FakeClock } from "../kit/testing/fake_clock.ts";
import { SessionWatch } from "./session_watch.ts";

const HOST = "laptop" as HostId;

function sessionOf(id: string, more: Partial<Session> = {}): Session {
  return {
    id: id as SessionId,
    host: HOST,
    title: id,
    command: [],
    cwd: "/",
    status: "idle",
    foreground: "sh",
    cols: 80,
    rows: 24,
    viewers: 0,
    createdAtMs: 1,
    activeAtMs: 1_000_000,
    ...more,
  };
}

class Lab implements Disposable {
  readonly clock = new FakeClock();
  list: Session[] = [];
  looks = 0;
  changes = 0;
  fail = false;
  readonly watch = new SessionWatch({
    host: HOST,
    log: silentLog,
    clock: this.clock,
    onChange: () => void this.changes++,
    list: () => {
      this.looks += 1;
      return this.fail ? Promise.reject(new Error("no tmux")) : Promise.resolve(this.list);
    },
  });

  [Symbol.dispose](): void {
    this.watch[Symbol.dispose]();
  }
}

Deno.test("looks go on by themselves, and pokes bring one soon", async () => {
  using lab = new Lab();
  await lab.watch.look();
  await lab.clock.advance(1_999);
  assertEquals(lab.looks, 1);
  await lab.clock.advance(1);
  assertEquals(lab.looks, 2);
  for (let i = 0; i < 10; i++) lab.watch.poke();
  await lab.clock.advance(30);
  assertEquals(lab.looks, 3, "ten pokes, one look");
  lab.watch[Symbol.dispose]();
  assertEquals(lab.clock.pending, 0);
});

Deno.test("look() during a look looks once more, so that its answer is fresh", async () => {
  using lab = new Lab();
  const first = lab.watch.look();
  lab.list = [sessionOf("a")];
  await Promise.all([first, lab.watch.look(), lab.watch.look()]);
  assertEquals([lab.looks, lab.watch.sessions.map(({ id }) => id as string)], [2, ["a"]]);
});

Deno.test("changesSince() tells only what changed since it was told", async () => {
  using lab = new Lab();
  lab.list = [sessionOf("a"), sessionOf("b")];
  await lab.watch.look();
  const told = new Map([["a", sessionOf("a")], ["gone", sessionOf("gone")]]);
  assertEquals(lab.watch.changesSince(told), [
    { host: HOST, ended: true, id: "gone" as SessionId },
    { host: HOST, ended: false, session: sessionOf("b") },
  ]);
  assertEquals(lab.watch.changesSince(told), []);
  const working = sessionOf("a", { status: "working", foreground: "vim" });
  lab.list = [working];
  await lab.watch.look();
  assertEquals(lab.watch.changesSince(told), [
    { host: HOST, ended: true, id: "b" as SessionId },
    { host: HOST, ended: false, session: working },
  ]);
  assertEquals(lab.watch.hasEnded("b"), true);
});

Deno.test("mere activity is news every ten seconds, not at every look", async () => {
  using lab = new Lab();
  lab.list = [sessionOf("a")];
  await lab.watch.look();
  const told = new Map<string, Session>();
  lab.watch.changesSince(told);
  const counts: number[] = [];
  for (const activeAtMs of [1_002_000, 1_009_000, 1_010_000, 1_012_000]) {
    lab.list = [sessionOf("a", { activeAtMs })];
    await lab.watch.look();
    counts.push(lab.watch.changesSince(told).length);
  }
  assertEquals(counts, [0, 0, 1, 0]);
});

Deno.test("[SE5] waitEnded() ends with the session, or with its signal", async () => {
  using lab = new Lab();
  lab.list = [sessionOf("a")];
  await lab.watch.look();
  const abort = new AbortController();
  const ended = lab.watch.waitEnded("a", new AbortController().signal);
  const aborted = lab.watch.waitEnded("a", abort.signal);
  abort.abort();
  assertEquals(await aborted, false);
  lab.list = [];
  await lab.watch.look();
  assertEquals(await ended, true);
  assertEquals(await lab.watch.waitEnded("a", abort.signal), true, "it is over already");
});

Deno.test("while tmux does not answer, what was last seen stands", async () => {
  using lab = new Lab();
  lab.list = [sessionOf("a")];
  await lab.watch.look();
  lab.fail = true;
  await lab.watch.look();
  assertEquals(lab.watch.sessions.length, 1);
  assertEquals(lab.changes, 1);
  lab.fail = false;
  await lab.clock.advance(2_000);
  assertEquals(lab.changes, 2);
});

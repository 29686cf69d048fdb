import { assertEquals } from "@std/assert";
import { silentLog } from "@chatcode/kit";
import type { HostId, Session, SessionId } from "@chatcode/protocol";
import { LOST_KEPT_MS, MAX_LOST, SessionBook } from "./session_book.ts";
import { ParrotLab } from "./testing/parrot/lab.ts";

const host = "laptop" as HostId;

function session(id: string, more: Partial<Session> = {}): Session {
  return {
    ...{ id: id as SessionId, host, title: id, command: ["parrot"], cwd: "/w", status: "idle" },
    ...{ foreground: "parrot", cols: 80, rows: 24, viewers: 1 },
    ...{ createdAtMs: 1, activeAtMs: Date.now(), agent: "parrot", conversation: `talk-${id}` },
    ...more,
  };
}

const short = (sessions: readonly Session[]) => sessions.map(({ id, status }) => `${id} ${status}`);

async function withBook(act: (open: () => SessionBook) => void): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "cc-book-" });
  try {
    act(() => SessionBook.open(`${folder}/below/book.json`, { host, log: silentLog }));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("[SE7] what another tmux server had is lost, what this one had has ended", async () => {
  await withBook((open) => {
    const shell = session("shell");
    delete shell.agent;
    open().withLost([session("a"), session("b"), shell], "first");
    assertEquals(short(open().withLost([session("a")], "first")), ["a idle"], "b has ended");
    const book = open();
    const [lost, ...more] = book.withLost([], "second");
    assertEquals([lost?.id, lost?.status, lost?.conversation, more], ["a", "lost", "talk-a", []]);
    assertEquals(short(open().withLost([session("c")], "second")), ["c idle", "a lost"]);
    assertEquals(book.forget("nobody"), false);
    assertEquals(book.forget("a"), true);
    assertEquals(short(open().withLost([], "second")), []);
  });
});

Deno.test("[SE7] what is resumed is lost no more, and the lost are not kept for ever", async () => {
  await withBook((open) => {
    const old = session("old", { activeAtMs: Date.now() - LOST_KEPT_MS - 1 });
    open().withLost([session("a"), session("b"), session("c"), old], "1");
    const book = open();
    assertEquals(short(book.withLost([], "2")), ["a lost", "b lost", "c lost"]);
    book.resumed("parrot", "talk-a");
    const again = session("d", { conversation: "talk-b" });
    assertEquals(short(book.withLost([again, session("c")], "2")), ["d idle", "c idle"]);
    const many = Array.from({ length: MAX_LOST + 5 }, (_, n) => session(`m${n}`));
    book.withLost(many, "2");
    assertEquals(book.withLost([], "3").length, MAX_LOST);
  });
});

Deno.test("[SE7] after a restart of the machine a session is resumed where it was", async () => {
  await using parrots = await ParrotLab.open();
  const session = await parrots.start();
  await session.prompt("remember this");
  await session.tells("final You said: remember this");
  const { conversation } = session;
  await session.until(
    () => parrots.session(session.id)?.conversation === conversation,
    "conversation",
  );
  await parrots.stop();
  await parrots.lab.home.tmux("kill-server");
  await parrots.startAgain();
  await session.has("lost");
  const lost = parrots.session(session.id);
  assertEquals([lost?.agent, lost?.conversation, lost?.title, lost?.resumable], [
    "parrot",
    conversation,
    "Parrot",
    true,
  ]);
  const again = await parrots.start({ resume: lost?.conversation ?? "" });
  await again.prompt("go on");
  await again.tells("final You said: go on");
  assertEquals(again.conversation, conversation);
  await session.has("gone");

  // The server goes under a running gateway: lost at once, and let go by hand.
  await again.until(() => parrots.session(again.id)?.conversation === conversation, "conversation");
  await parrots.lab.home.tmux("kill-server");
  await again.has("lost");
  await parrots.ask("sessions.end", { session: again.id });
  await again.has("gone");
});

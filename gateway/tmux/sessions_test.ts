import { assertEquals, assertRejects } from "@std/assert";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { adoptSessions } from "./adopt.ts";
import { TmuxError } from "./error.ts";
import { readMarkers, setMarker } from "./input_marker.ts";
import { PrivateTmux } from "./private_tmux.ts";
import { type SessionNews, type StartOptions, TmuxSessions } from "./sessions.ts";

const OPTIONS: StartOptions = {
  id: "one",
  title: "First\tof\nall; ünï 🙂 'q' \"p\" #{pid}",
  command: ["cat", "-u"],
  cwd: "/",
  cols: 91,
  rows: 27,
};

Deno.test("start() and list(): a session carries its facts", async () => {
  await using tmux = await PrivateTmux.open();
  await using sessions = await TmuxSessions.open(tmux);
  assertEquals(await sessions.list(), [], "the keeper is not a session");
  assertEquals(await sessions.start(OPTIONS), { state: "started", id: "one" });
  const session = await waitFor(
    async () => (await sessions.list()).find(({ foreground }) => foreground === "cat"),
    { what: "cat to run" },
  );
  const { title, command, cwd, cols, rows, clients, historySize } = session;
  assertEquals({ title, command, cwd, cols, rows, clients, historySize }, {
    title: OPTIONS.title,
    command: ["cat", "-u"],
    cwd: "/",
    cols: 91,
    rows: 27,
    clients: 0,
    historySize: 0,
  });
  assertEquals(Math.abs(session.createdAtMs - Date.now()) < 10_000, true);
  assertEquals(Math.abs(session.activeAtMs - Date.now()) < 10_000, true);
});

Deno.test("start() with one id twice starts one session", async () => {
  await using tmux = await PrivateTmux.open();
  await using sessions = await TmuxSessions.open(tmux);
  const answers = await Promise.all([sessions.start(OPTIONS), sessions.start(OPTIONS)]);
  assertEquals(answers.map(({ state }) => state).sort(), ["found", "started"]);
  assertEquals((await sessions.list()).length, 1);
});

Deno.test("start() runs argv as it is, with its own environment, in its folder", async () => {
  await using tmux = await PrivateTmux.open();
  await using sessions = await TmuxSessions.open(tmux);
  const out = `${tmux.folder}/out`;
  const words = ["a b", "$HOME", "x;", ";", "it's", '"', "~", "#{pid}"];
  await sessions.start({
    ...OPTIONS,
    cwd: tmux.folder,
    env: { CC_TEST: "v;" },
    command: ["sh", "-c", 'printf "%s\\n" "$CC_TEST" "$@" > out', "sh", ...words],
  });
  const text = await waitFor(async () => {
    const written = await Deno.readTextFile(out);
    return written.split("\n").length === words.length + 2 && written;
  }, { what: "the command's output" });
  assertEquals(text.trimEnd().split("\n"), ["v;", ...words]);
});

Deno.test("start() runs a single word, too, and a shell without any", async () => {
  await using tmux = await PrivateTmux.open();
  await using sessions = await TmuxSessions.open(tmux);
  const program = `${tmux.folder}/it's a program`;
  await Deno.writeTextFile(program, "#!/bin/sh\nexec cat\n", { mode: 0o755 });
  await sessions.start({ ...OPTIONS, id: "word", command: [program] });
  await sessions.start({ ...OPTIONS, id: "shell", command: [] });
  await waitFor(async () => {
    const list = await sessions.list();
    return list.map(({ foreground }) => foreground).join() === "sh,cat";
  }, { what: "shell and program" });
});

Deno.test("start() refuses a folder that is not there and an id that tmux would rewrite", async () => {
  await using tmux = await PrivateTmux.open();
  await using sessions = await TmuxSessions.open(tmux);
  const error = await assertRejects(
    () => sessions.start({ ...OPTIONS, cwd: "/nonexistent" }),
    TmuxError,
  );
  assertEquals(error.code, "FOLDER_NOT_FOUND");
  for (const id of ["a.b", "a:b", "", "_chatcode", "=a"]) {
    await assertRejects(() => sessions.start({ ...OPTIONS, id }), RangeError);
  }
});

Deno.test("rename() changes the title, end() ends, and both know what is gone", async () => {
  await using tmux = await PrivateTmux.open();
  await using sessions = await TmuxSessions.open(tmux);
  await sessions.start(OPTIONS);
  await sessions.rename("one", "Second");
  assertEquals((await sessions.get("one"))?.title, "Second");
  assertEquals((await sessions.get("one"))?.command, ["cat", "-u"]);
  assertEquals(await sessions.end("one"), true);
  assertEquals(await sessions.end("one"), false);
  const error = await assertRejects(() => sessions.rename("one", "x"), TmuxError);
  assertEquals(error.code, "SESSION_NOT_FOUND");
  assertEquals(await sessions.get("one"), undefined);
});

Deno.test("end() ends programs that ignore the end of their terminal, and SIGTERM", async () => {
  await using tmux = await PrivateTmux.open();
  await using sessions = await TmuxSessions.open(tmux);
  const programs = {
    hup: "trap '' HUP; echo $$ > hup; while :; do sleep 0.1; done",
    term: "trap '' HUP TERM; echo $$ > term; while :; do sleep 0.1; done",
    // In the foreground of a shell that controls jobs, in a group of its own.
    job: "set -m; sh -c 'trap \"\" HUP; echo $$ > job; while :; do sleep 0.1; done'; :",
  };
  await Promise.all(
    Object.entries(programs).map(async ([id, text]) => {
      await sessions.start({ ...OPTIONS, id, command: ["sh", "-c", text], cwd: tmux.folder });
      const pid = await waitFor(async () => {
        return Number(await Deno.readTextFile(`${tmux.folder}/${id}`).catch(() => ""));
      }, { what: `${id} to start` });
      assertEquals(isThere(pid), true);
      assertEquals(await sessions.end(id), true);
      await waitFor(() => !isThere(pid), { what: `${id} to be gone`, deadlineMs: 20_000 });
    }),
  );
});

Deno.test("end() leaves a shell's background jobs to the shell", async () => {
  await using tmux = await PrivateTmux.open();
  await using sessions = await TmuxSessions.open(tmux);
  const command = ["sh", "-c", "set -m; nohup sleep 60 >/dev/null 2>&1 & echo $! > job; wait"];
  await sessions.start({ ...OPTIONS, command, cwd: tmux.folder });
  const pid = await waitFor(async () => {
    return Number(await Deno.readTextFile(`${tmux.folder}/job`).catch(() => ""));
  }, { what: "the job" });
  try {
    await waitFor(() => Deno.readTextFileSync(`/proc/${pid}/cmdline`).startsWith("sleep"), {
      what: "nohup",
    });
    await sessions.end("one");
    await sessions[Symbol.asyncDispose](); // all is done that end() does
    assertEquals(isThere(pid), true);
  } finally {
    Deno.kill(pid, "SIGKILL");
  }
});

Deno.test("news: started and ended, also by hand and by the program's own end", async () => {
  await using tmux = await PrivateTmux.open();
  await using sessions = await TmuxSessions.open(tmux);
  const heard: string[] = [];
  sessions.subscribe((news: SessionNews) =>
    heard.push(news.type === "started" ? `+${news.session.id}` : `-${news.id}`)
  );
  await sessions.start(OPTIONS);
  await waitFor(() => heard.join() === "+one", { what: "started" });
  await tmux.commands.must(["new-session", "-d", "-s", "hand", "sleep 0.2"]);
  await waitFor(() => heard.join() === "+one,+hand,-hand", { what: "a session by hand" });
  await tmux.commands.must(["kill-server"]);
  await waitFor(() => heard.join() === "+one,+hand,-hand,-one", { what: "the server's end" });
});

Deno.test("a program cannot pose as a session by the names it gives itself", async () => {
  await using tmux = await PrivateTmux.open();
  await using sessions = await TmuxSessions.open(tmux);
  await sessions.start(OPTIONS);
  await tmux.commands.must(["set-option", "-t", "=one:", "@cc_title", "x|y\nforged|1|2|3"]);
  const list = await sessions.list();
  assertEquals(list.map(({ id, title }) => ({ id, title })), [{ id: "one", title: "one" }]);
});

Deno.test("adoptSessions() finds what runs and forgets viewers of more than a day ago", async () => {
  await using tmux = await PrivateTmux.open();
  {
    await using sessions = await TmuxSessions.open(tmux);
    await sessions.start(OPTIONS);
  }
  const marker = { seq: 7, atMs: Date.now() };
  await tmux.control.run(setMarker("one", "fresh", marker));
  await tmux.control.run(setMarker("one", "stale", { ...marker, atMs: marker.atMs - 90_000_000 }));
  const { sessions, found } = await adoptSessions(tmux);
  await using _ = sessions;
  assertEquals(found.map(({ id, title }) => [id, title]), [["one", OPTIONS.title]]);
  assertEquals([...(await readMarkers(tmux, "one")).keys()], ["fresh"]);
});

function isThere(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}

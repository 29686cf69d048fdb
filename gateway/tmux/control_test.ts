import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { KEEPER } from "./conf.ts";
import type { ControlNews } from "./control.ts";
import { TmuxError } from "./error.ts";
import { PrivateTmux } from "./private_tmux.ts";

function notes(tmux: PrivateTmux): ControlNews[] {
  const heard: ControlNews[] = [];
  tmux.control.subscribe((news) => heard.push(news));
  return heard;
}

function controlClients(tmux: PrivateTmux): Promise<string[]> {
  return tmux.commands.must(["list-clients", "-t", `=${KEEPER}`, "-F", "#{client_pid}"])
    .then((text) => text.split("\n").filter((line) => line !== ""));
}

Deno.test("run() answers lines in order, one list of lines for each command", async () => {
  await using tmux = await PrivateTmux.open();
  const answers = await Promise.all([
    tmux.control.run("display-message -p a", "display-message -p b"),
    tmux.control.run("set-environment -g X 1"),
    tmux.control.run("display-message -p c"),
  ]);
  assertEquals(answers, [[["a"], ["b"]], [[]], [["c"]]]);
});

Deno.test("run(): nothing after a failed command of the line runs, the next line does", async () => {
  await using tmux = await PrivateTmux.open();
  const failed = tmux.control.run("kill-session -t =none", "set-environment -g NEVER 1");
  const next = tmux.control.run("display-message -p next");
  const error = await assertRejects(() => failed, TmuxError);
  assertEquals(error.code, "SESSION_NOT_FOUND");
  assertEquals(await next, [["next"]]);
  const parse = await assertRejects(() => tmux.control.run("no-such-command x"), TmuxError);
  assertEquals(parse.code, "TMUX_FAILED");
  assertEquals(await tmux.control.run("display-message -p still"), [["still"]]);
  assertEquals((await tmux.commands.run(["show-environment", "-g", "NEVER"])).ok, false);
});

Deno.test("run() refuses what is not one line: an empty line would detach the client", async () => {
  await using tmux = await PrivateTmux.open();
  assertThrows(() => tmux.control.run(" "), TypeError);
  assertThrows(() => tmux.control.run("a\nb"), TypeError);
});

Deno.test("notifications tell of sessions that come and go", async () => {
  await using tmux = await PrivateTmux.open();
  const heard = notes(tmux);
  await tmux.commands.must(["new-session", "-d", "-s", "a", "cat"]);
  const changes = () =>
    heard.filter((news) => news.type === "notification" && news.name === "sessions-changed");
  await waitFor(() => changes().length === 1, { what: "word of the new session" });
  await tmux.commands.must(["kill-session", "-t", "=a"]);
  await waitFor(() => changes().length === 2, { what: "word of the ended session" });
});

Deno.test("a killed control client is replaced, and lines under way are told as lost", async () => {
  await using tmux = await PrivateTmux.open();
  const heard = notes(tmux);
  const pid = Number((await controlClients(tmux))[0]);
  const server = (await tmux.control.run("display-message -p '#{pid}'"))[0]?.[0];
  Deno.kill(Number(server), "SIGSTOP");
  const under = assertRejects(() => tmux.control.run("display-message -p x"), TmuxError);
  assert(pid > 1);
  Deno.kill(pid, "SIGKILL");
  assertEquals((await under).code, "CONTROL_LOST");
  const early = await assertRejects(() => tmux.control.run("display-message -p x"), TmuxError);
  assertEquals(early.code, "CONTROL_LOST");
  Deno.kill(Number(server), "SIGCONT");
  await waitFor(() => heard.some((news) => news.type === "ready"), { what: "a new client" });
  assertEquals(await tmux.control.run("display-message -p again"), [["again"]]);
  assertEquals((await controlClients(tmux)).length, 1);
});

Deno.test("a server that dies is started again", async () => {
  await using tmux = await PrivateTmux.open();
  await tmux.commands.must(["new-session", "-d", "-s", "a", "cat"]);
  await tmux.commands.must(["kill-server"]);
  await waitFor(() => tmux.control.run("display-message -p up").then(() => true), {
    what: "the server to be back",
  });
  assertEquals(await tmux.commands.hasSession(KEEPER), true);
  assertEquals(await tmux.commands.hasSession("a"), false);
});

Deno.test("opening takes over: the control client of an earlier gateway is detached", async () => {
  await using first = await PrivateTmux.open();
  const lost = notes(first);
  await using second = await PrivateTmux.open(first.commands.socketName);
  assertEquals(await second.control.run("display-message -p mine"), [["mine"]]);
  await waitFor(() => lost.some((news) => news.type === "lost"), { what: "the first to lose" });
  // It is the one gateway of its host, so nobody would dial against it for ever.
  await first[Symbol.asyncDispose]();
});

Deno.test("disposed: waiting lines and later ones fail with CLOSED", async () => {
  const tmux = await PrivateTmux.open();
  await tmux[Symbol.asyncDispose]();
  const error = await assertRejects(() => tmux.control.run("display-message x"), TmuxError);
  assertEquals(error.code, "CLOSED");
  await assertRejects(() => tmux.control.ready(), TmuxError);
});

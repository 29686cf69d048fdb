import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ADA, pressed, said } from "../../testing/incoming.ts";
import { openBot } from "../../testing/open_bot.ts";

Deno.test("[TG1] /new walks from machine to title, and starts one session however often", async () => {
  await using lab = await openBot();
  await lab.online();
  const claude = {
    id: "claude",
    name: "Claude Code",
    installed: true,
    version: "2.1",
    signedIn: "yes",
    hooks: "installed",
    slashCommands: [],
  };
  lab.answers["folders.list"] = ({ path }: { path: string }) => ({
    path,
    folders: path === "" ? ["api", "web"] : [],
    truncated: false,
  });
  lab.answers["agents.list"] = () => ({
    agents: [claude, { ...claude, id: "codex", installed: false }],
  });
  lab.answers["sessions.start"] = ({ title }: { title: string }) => ({
    session: lab.session("s_9", { title, agent: "claude" }),
  });
  await lab.work(said(1, "/new"));
  assertStringIncludes(lab.replies.last.text, "In which folder? box, workspace");
  await lab.work(pressed(2, lab.replies.data("web"), { message: lab.replies.last.message }));
  assertStringIncludes(lab.replies.last.text, "workspace/web");
  await lab.work(pressed(3, lab.replies.data("Up")));
  await lab.work(pressed(4, lab.replies.data("api")));
  await lab.work(pressed(5, lab.replies.data("Here")));
  assertEquals(lab.replies.last.buttons.map(({ text }) => text), [
    "Claude Code 2.1",
    "A shell, no agent",
    "Cancel",
  ]);
  await lab.work(pressed(6, lab.replies.data("Claude")));
  assertStringIncludes(lab.replies.last.text, "Write a title");
  const begin = lab.replies.data("No title");
  await lab.work(said(7, "Mend the\nlogin"));
  const start = lab.asked.at(-1);
  assertEquals(start?.params, {
    host: lab.host,
    cwd: "api",
    agent: { id: "claude" },
    title: "Mend the login",
  });
  assertStringIncludes(lab.replies.last.text, "Started Mend the login.");
  assertEquals(lab.told.map(({ session, chat }) => [session, chat]), [["s_9", ADA.id]]);
  await lab.work(pressed(8, begin));
  assertMatch(lab.replies.answers.at(-1) ?? "", /^! That question is over/);
  assertEquals(lab.asked.filter(({ method }) => method === "sessions.start").length, 1);
});

Deno.test("[TG1] sessions are listed with their state, looked at, stopped and ended", async () => {
  await using lab = await openBot();
  await lab.online([
    lab.session("s_1", { title: "api", status: "working", activeAtMs: 3 }),
    ...Array.from({ length: 9 }, (_, at) => lab.session(`t_${at}`, { activeAtMs: 2 })),
  ]);
  lab.answers["prompts.interrupt"] = () => ({});
  lab.answers["sessions.end"] = () => ({});
  await lab.work(said(1, "/sessions"));
  assertMatch(lab.replies.last.text, /^10 sessions\n\n⚙️ api on box\nClaude Code, working/);
  await lab.work(pressed(2, lab.replies.data("»")));
  await lab.work(pressed(3, lab.replies.data("«")));
  await lab.work(pressed(4, lab.replies.data("api")));
  const [, open] = lab.replies.last.buttons;
  assertEquals(open, {
    text: "Open in the browser",
    url: `https://chatcode.example/s/${lab.host}/s_1`,
  });
  await lab.work(pressed(5, lab.replies.data("Stop")));
  assertEquals(lab.asked.at(-1)?.method, "prompts.interrupt");
  await lab.work(pressed(6, lab.replies.data("Talk")));
  assertEquals(lab.told.map(({ session }) => session), ["s_1"]);
  await lab.work(pressed(7, lab.replies.data("End")));
  await lab.work(pressed(8, lab.replies.data("End it")));
  assertEquals(lab.asked.at(-1)?.method, "sessions.end");
  await lab.work(pressed(9, "s:o:nothing-such"));
  assertMatch(lab.replies.answers.at(-1) ?? "", /^! That session is no longer there/);
});

Deno.test("[TG1] /stop asks which one where none is meant", async () => {
  await using lab = await openBot();
  await lab.online([lab.session("s_1", { title: "api", status: "working" }), lab.session("s_2")]);
  lab.answers["prompts.interrupt"] = () => ({});
  await lab.work(said(1, "/stop"));
  await lab.work(pressed(2, lab.replies.data("api")));
  await lab.topic("s_2", 5);
  await lab.work(said(3, "/stop", { thread: 5 }));
  const stopped = lab.asked.map(({ params }) => (params as { session: string }).session);
  assertEquals(stopped, ["s_1", "s_2"]);
});

Deno.test("[TG1] machines, status, usage and help say how things are", async () => {
  await using lab = await openBot();
  await lab.work(said(1, "/machines"));
  assertEquals(lab.replies.last.text, "🔌 box\noffline, never seen");
  await lab.online([lab.session("s_1", { status: "waiting" }), lab.session("s_2")]);
  await lab.work(said(2, "/machines"));
  assertMatch(lab.replies.last.text, /^🟢 box\n2 sessions, linux, load 0.0 on 1 cores?/);
  await lab.work(said(3, "/status"));
  assertStringIncludes(lab.replies.last.text, "1 of 1 machine online, 2 sessions");
  assertStringIncludes(lab.replies.last.text, "🙋 1 waiting for you\n💤 1 idle");
  await lab.topic("s_1", 5);
  await lab.work(said(4, "/status", { thread: 5 }));
  assertMatch(lab.replies.last.text, /^🙋 s_1\nClaude Code, waits for you/);
  await lab.work(said(5, "/usage"));
  assertStringIncludes(lab.replies.last.text, "Nothing was used.");
  const usage = { model: "opus", input: 1_000, cachedInput: 500, output: 40 };
  const turn = { kind: "usage", id: "u", rev: 0, atMs: Date.now(), usage } as const;
  const session = "s_1" as never;
  await lab.usage.count({ host: lab.host, session, agent: "claude", turn });
  await lab.work(pressed(6, lab.replies.data("Today")));
  assertMatch(lab.replies.last.text, /Claude Code opus +1.5k +40/);
  await lab.work(said(7, "/help"));
  for (const name of ["new", "sessions", "machines", "stop", "status", "usage", "verbose"]) {
    assertStringIncludes(lab.replies.last.text, `/${name} `);
  }
});

Deno.test("[TG7] settings are changed by buttons, and kept", async () => {
  await using lab = await openBot();
  const kept = () => lab.settings.get(lab.account.id);
  await lab.work(said(1, "/settings"));
  await lab.work(pressed(2, lab.replies.data("is done")));
  await lab.work(pressed(3, lab.replies.data("Quiet hours")));
  await lab.work(pressed(4, lab.replies.data("While you look")));
  await lab.work(pressed(5, lab.replies.data("While it works")));
  const { kinds, quiet, onlyWhenAway, progress } = await kept();
  assertEquals([kinds.done, onlyWhenAway, progress], ["silent", false, "full"]);
  assertEquals(quiet, { from: "22:00", to: "07:00", timeZone: "UTC" });
  assertStringIncludes(lab.replies.last.text, "Quiet hours: 22:00 to 07:00, UTC");
  await lab.work(said(6, "/verbose off"));
  assertEquals((await kept()).progress, "off");
  await lab.work(said(7, "/verbose"));
  assertEquals((await kept()).progress, "brief");
});

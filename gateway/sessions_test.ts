import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { type ErrorCode, ProtocolError, type Session } from "@chatcode/protocol";
import { waitFor } from "../kit/testing/wait_for.ts";
import { GatewayLab } from "./testing/gateway_lab.ts";

const key = () => ({ idempotencyKey: crypto.randomUUID() as string });

async function refusal(act: () => Promise<unknown>): Promise<ErrorCode> {
  return (await assertRejects(act, ProtocolError)).code;
}

/** The session as the events so far tell it; undefined when they say it ended. */
function told(lab: GatewayLab, id: string): Session | undefined {
  let last: Session | undefined;
  for (const { event, payload } of lab.link.events) {
    const change = payload as { ended: boolean; id?: string; session?: Session };
    if (event !== "session") continue;
    if (change.session?.id === id) last = change.session;
    if (change.ended && change.id === id) last = undefined;
  }
  return last;
}

Deno.test("[SE3] sessions.start runs argv in a folder of the workspace, with title and size", async () => {
  await using lab = await GatewayLab.open();
  await Deno.mkdir(`${lab.home.workspace}/app`);
  const { session } = await lab.link.request("sessions.start", {
    cwd: "app",
    command: ["sh", "-c", "pwd; env; exec cat"],
    title: "My app",
    cols: 101,
    rows: 31,
  }, key());
  assertEquals(
    [session.title, session.cwd, session.command[0], session.cols, session.rows],
    ["My app", `${lab.home.workspace}/app`, "sh", 101, 31],
  );
  const screen = await waitFor(async () => {
    const text = await lab.home.tmux("capture-pane", "-p", "-S", "-", "-t", `=${session.id}:`);
    return text.includes("HOME=") && text.includes("SHELL=") && text;
  }, { what: "the session's environment" });
  assert(screen.startsWith(session.cwd));
  assert(!screen.includes("CHATCODE_"), "nothing of ours is inherited");
  await waitFor(() => told(lab, session.id)?.foreground === "cat", { what: "news of it" });
  assertEquals((await lab.link.request("sessions.list", {})).sessions.map(({ id }) => id), [
    session.id,
  ]);
});

Deno.test("[SE3] folders outside, missing or no folders are refused by their code", async () => {
  await using lab = await GatewayLab.open();
  await Deno.symlink("/etc", `${lab.home.workspace}/out`);
  const start = (cwd: string) => lab.link.request("sessions.start", { cwd }, key());
  for (const cwd of ["..", "/etc", "out"]) {
    assertEquals(await refusal(() => start(cwd)), "FOLDER_NOT_ALLOWED", cwd);
  }
  assertEquals(await refusal(() => start("nowhere")), "FOLDER_NOT_FOUND");
  assertEquals((await lab.link.request("folders.list", { path: "" })).folders, []);
  assertEquals(
    await refusal(() => lab.link.request("folders.list", { path: ".." })),
    "FOLDER_NOT_ALLOWED",
  );
});

Deno.test("[RQ5] the key of sessions.start holds as long as the session, restarts included", async () => {
  await using lab = await GatewayLab.open();
  const same = { ...key(), principal: "anna" };
  const params = { command: ["cat"], title: "once" };
  const start = async (more = {}) =>
    (await lab.link.request("sessions.start", params, { ...same, ...more })).session.id;
  const [first, second] = await Promise.all([start(), start()]);
  assertEquals(first, second);
  await lab.stop();
  await lab.start();
  assertEquals(await start(), first);
  const other = await start({ principal: "ben" });
  assertNotEquals(other, first);
  assertEquals((await lab.link.request("sessions.list", {})).sessions.length, 2);
  await lab.stop();
  await lab.start();
  const conflict = () => lab.link.request("sessions.start", { command: ["sh"] }, same);
  assertEquals(await refusal(conflict), "CONFLICT");
});

Deno.test("[SE4] rename and end; ending twice is no error, ending nothing is one", async () => {
  await using lab = await GatewayLab.open();
  const { id } = await lab.session(["cat"]);
  const renamed = await lab.link.request("sessions.rename", { session: id, title: "Ünï" }, key());
  assertEquals(renamed.session.title, "Ünï");
  await waitFor(() => told(lab, id)?.title === "Ünï", { what: "news of the name" });
  assertEquals(await lab.link.request("sessions.end", { session: id }, key()), {});
  await waitFor(() => told(lab, id) === undefined, { what: "news of the end" });
  assertEquals(await lab.link.request("sessions.end", { session: id }, key()), {});
  const title = "x";
  assertEquals(
    await refusal(() => lab.link.request("sessions.rename", { session: id, title }, key())),
    "SESSION_ENDED",
  );
  for (const session of ["nonsense", "_chatcode"] as typeof id[]) {
    for (const act of ["sessions.end", "sessions.rename"]) {
      const code = await refusal(() =>
        lab.link.ask(act, { host: "laptop", session, title }, key())
      );
      assertEquals(code, "SESSION_NOT_FOUND");
    }
  }
});

Deno.test("[SE5] [RQ4] sessions.wait is accepted, and answered when the session is over", async () => {
  await using lab = await GatewayLab.open();
  const { id } = await lab.session(["cat"]);
  const accepted = Promise.withResolvers<void>();
  const waiting = lab.link.request("sessions.wait", { session: id, timeoutMs: 60_000 }, {
    onAccepted: () => accepted.resolve(),
  });
  await accepted.promise;
  const late = () => lab.link.request("sessions.wait", { session: id, timeoutMs: 1 });
  assertEquals(await refusal(late), "TIMEOUT");
  await lab.home.tmux("send-keys", "-t", `=${id}:`, "C-d");
  assertEquals(await waiting, {});
  assertEquals(await late(), {}, "it is over already");
  const none = { session: "none" as typeof id, timeoutMs: 1 };
  assertEquals(await refusal(() => lab.link.request("sessions.wait", none)), "SESSION_NOT_FOUND");
});

Deno.test("[SE2] a shell that waits is idle, a program in it works", async () => {
  await using lab = await GatewayLab.open();
  const { id } = await lab.session();
  await waitFor(() => told(lab, id)?.status === "idle", { what: "an idle shell" });
  await lab.home.tmux("send-keys", "-t", `=${id}:`, "cat", "Enter");
  await waitFor(() => told(lab, id)?.status === "working", { what: "work" });
  assertEquals(told(lab, id)?.foreground, "cat");
  await lab.home.tmux("send-keys", "-t", `=${id}:`, "C-d");
  await waitFor(() => told(lab, id)?.status === "idle", { what: "the shell again" });
  const script = await lab.session(["sh", "-c", "sleep 60; :"]);
  assertEquals(told(lab, script.id)?.status ?? script.status, "working");
});

Deno.test("[HE2] sessions started by hand are told, and adopted by the next gateway", async () => {
  await using lab = await GatewayLab.open();
  await lab.home.tmux("new-session", "-d", "-s", "by-hand", "cat");
  await waitFor(() => told(lab, "by-hand") !== undefined, { what: "news of it" });
  await lab.stop();
  await lab.start();
  assertEquals(lab.link.hello.host?.sessions.map(({ id }) => id as string), ["by-hand"]);
});

Deno.test("a program that ends at once leaves nothing behind", async () => {
  await using lab = await GatewayLab.open();
  const outcome = await lab.session(["true"]).then(() => "started", (error) => error.code);
  assert(["started", "SESSION_ENDED"].includes(outcome), outcome); // it depends on who is faster
  await waitFor(
    async () => (await lab.link.request("sessions.list", {})).sessions.length === 0,
    { what: "its end" },
  );
});

Deno.test("tmux that is killed comes back, its sessions are told as ended", async () => {
  await using lab = await GatewayLab.open();
  const { id } = await lab.session(["cat"]);
  await waitFor(() => told(lab, id) !== undefined, { what: "news of it" });
  await lab.home.tmux("kill-server");
  await waitFor(() => told(lab, id) === undefined, { what: "news of the end" });
  const again = await waitFor(() => lab.session(["cat"]), { what: "tmux to be back" });
  assertEquals((await lab.link.request("sessions.list", {})).sessions.map(({ id }) => id), [
    again.id,
  ]);
});

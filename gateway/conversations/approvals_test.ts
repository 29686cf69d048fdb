import { assertEquals, assertRejects } from "@std/assert";
import { ProtocolError, type Turn } from "@chatcode/protocol";
import { waitFor } from "../../kit/testing/wait_for.ts";
import type { ApprovalAsked } from "../agents/hook_news.ts";
import { ParrotLab } from "../testing/parrot/lab.ts";
import { Approvals } from "./approvals.ts";

const tool = (id: string, name: string, state: "running" | "ok", summary = "note.txt"): Turn => ({
  ...{ kind: "tool", id, rev: state === "ok" ? 2 : 0, atMs: Date.now(), name, summary, state },
});
const asked = (tool: string, summary = "note.txt"): ApprovalAsked => ({
  ...{ kind: "approval-asked", tool, summary, detail: `${tool} ${summary}`, detailKind: "text" },
});

Deno.test("[AP3] a tool's end that is told late ends no approval that only looks like its own", () => {
  const ends: string[] = [];
  const approvals = new Approvals({
    isSameTool: (asked, told) => asked === told,
    onChange: () => {},
    onEnd: ({ outcome }) => void ends.push(outcome),
  });
  const about = () => ({ atMs: Date.now(), cwd: undefined });
  const answers = () => {
    const id = approvals.open[0]?.id ?? "";
    approvals.answer(id, "allowed", "anna");
    approvals.end(id, "allowed");
  };
  approvals.turnSeen(tool("read", "Read", "running"));
  approvals.ask(asked("Edit"), about());
  approvals.turnSeen(tool("read", "Read", "ok"));
  assertEquals(ends, [], "another tool with the same file");
  approvals.turnSeen(tool("edit 1", "Edit", "running"));
  answers();
  approvals.ask({ ...asked("Edit"), detail: "the second" }, about());
  approvals.turnSeen(tool("edit 1", "Edit", "ok"));
  assertEquals(ends, ["allowed"], "the first edit's end");
  approvals.turnSeen(tool("edit 2", "Edit", "running"));
  approvals.turnSeen(tool("edit 2", "Edit", "ok"));
  assertEquals(ends, ["allowed", "elsewhere"], "answered at the terminal");
  approvals.ask({ ...asked("Edit"), detail: "the third" }, about());
  approvals.turnSeen(tool("edit 3", "Edit", "ok"));
  assertEquals(ends.length, 3, "nothing is owed after an end that ended it");
});

const env = { PARROT_TELLS: "note" };

async function codeOf(asked: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => asked, ProtocolError)).code;
}

Deno.test("[AP1] [AP2] [AP3] approvals are answered once, for the session, or denied", async () => {
  await using parrots = await ParrotLab.open({ hooks: true });
  const session = await parrots.start();
  await session.prompt("[[ask:one]]");
  const one = await session.asks();
  assertEquals([one.tool, one.subject, one.verdicts], [
    "Shell",
    "one",
    ["allow", "allow-session", "deny"],
  ]);
  await session.answer("deny", one.id);
  await session.tells("interrupted");
  await session.prompt("[[ask:two]]");
  const two = await session.asks();
  // Two at once: the agent sees one key.
  const answers = await Promise.allSettled([
    session.answer("allow", two.id),
    session.answer("deny", two.id),
  ]);
  assertEquals(answers.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  await session.prompt("[[ask:three]]").catch(() => {});
  const three = await session.asks();
  await session.answer("allow-session", three.id);
  await session.tells("final You said: [[ask:three]]");
  await session.prompt("[[ask:four]]");
  await session.tells("final You said: [[ask:four]]");
  assertEquals(await codeOf(session.answer("allow", three.id)), "APPROVAL_GONE");
  assertEquals(await codeOf(session.answer("allow", "nobody's")), "APPROVAL_GONE");
  assertEquals(parrots.ends.map(({ id }) => id), [one.id, two.id, three.id], "each ends once");
});

Deno.test("[AP3] what is answered at the terminal, left by /clear or by a crash says so", async () => {
  await using parrots = await ParrotLab.open({ env });
  const session = await parrots.start();
  await session.prompt("[[ask:one]]");
  await session.asks();
  await session.types("1");
  await waitFor(() => parrots.ends.length === 1, { what: "the end", deadlineMs: 20_000 });
  await session.tells("tool ok one");
  await session.prompt("[[ask:two]]");
  const two = await session.asks();
  const { id } = await processIn(session.id, parrots);
  Deno.kill(id, "SIGKILL");
  await waitFor(() => parrots.ends.length === 2, { what: "the end", deadlineMs: 20_000 });
  assertEquals(parrots.ends.map(({ outcome }) => outcome), ["elsewhere", "expired"]);
  await session.has("gone");
  assertEquals(await codeOf(session.answer("allow", two.id)), "SESSION_ENDED");
});

Deno.test("[AP2] a key is pressed only for the question that the screen shows", async () => {
  await using parrots = await ParrotLab.open({ hooks: true });
  const session = await parrots.start();
  await session.prompt("hello");
  await session.tells("final You said: hello");
  await session.has("idle");
  // A hook that asks for what no screen shows, as one that came late or was made up.
  await parrots.hook(session.id, {
    hook_event_name: "PermissionRequest",
    session_id: session.conversation,
    tool_name: "Shell",
    tool_input: { command: "rm -rf everything" },
  });
  const asked = await waitFor(() => session.approvals[0], { what: "it", deadlineMs: 20_000 });
  const before = parrots.logged("typed").length;
  assertEquals(await codeOf(session.answer("allow", asked.id)), "AGENT_TIMEOUT");
  // Another question than the one that is answered.
  await session.types("[[ask:harmless]]", "Enter");
  await session.sees("May I run it?");
  const answer = session.answer("allow", asked.id).catch((error) => error.code);
  assertEquals(["AGENT_TIMEOUT", "APPROVAL_GONE"].includes(String(await answer)), true);
  const digits = parrots.logged("typed").slice(before).filter((typed) =>
    /^[123]$/.test((typed as { key?: string }).key ?? "")
  );
  assertEquals(digits, []);
});

Deno.test("[AP1] an approval outlives the gateway, and is answered after its restart", async () => {
  await using parrots = await ParrotLab.open({ hooks: true });
  const session = await parrots.start();
  await session.prompt("[[ask:one]]");
  const { id } = await session.asks();
  await parrots.stop();
  await parrots.startAgain();
  assertEquals((await session.asks()).id, id);
  await session.answer("allow", id);
  await session.tells("tool ok one");
});

async function processIn(session: string, parrots: ParrotLab): Promise<{ id: number }> {
  const text = await parrots.lab.home.tmux(
    ...["display-message", "-p", "-t", `=${session}:`, "#{pane_pid}"],
  );
  return { id: Number(text) };
}

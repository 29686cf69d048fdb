import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type Approval, ProtocolError, sessionId, type Verdict } from "@chatcode/protocol";
import { waitFor } from "../../kit/testing/wait_for.ts";
import type { Role } from "../kv/keys.ts";
import type { PlayedMachine } from "../testing/played_machine.ts";

/** A person at a channel, and the machine whose sessions they follow. */
export interface ChannelLab extends AsyncDisposable {
  readonly machine: PlayedMachine;
  /** The account that the person is signed in to, or linked with. */
  readonly account: string;
  /** The final messages that the person sees of the session, oldest first. */
  finals(session: string): readonly string[];
  /** What the approvals are about that the person can still answer. */
  open(session: string): readonly string[];
  /**
   * Writes to the session's agent.
   * @returns what the person is told of it: "delivered", "queued", or why it was not
   */
  prompt(session: string, text: string): Promise<string>;
  /** Answers the approval that is about `subject`. @returns what the person is told of it */
  answer(session: string, subject: string, verdict: Verdict): Promise<string>;
  /** The person's sign-in or link is taken back. */
  end(): Promise<void>;
}

/** A slow machine may take its time, and so may a channel that has a pace to keep. In milliseconds. */
const LIMIT_MS = 30_000;

/** What every channel owes to people; `open` gives one with a person of that role at it. */
export function channelContract(
  name: string,
  open: (options: { role: Role }) => Promise<ChannelLab>,
): void {
  const until = (condition: () => unknown, what: string) =>
    waitFor(condition, { what, deadlineMs: LIMIT_MS });
  const test = (what: string, run: (lab: ChannelLab) => Promise<void>, role: Role = "owner") =>
    Deno.test(`[CHAN1] ${name}: ${what}`, async () => {
      await using lab = await open({ role });
      await run(lab);
    });

  test("a final message is seen once and in order, also when it is told again", async (lab) => {
    const { machine } = lab;
    machine.tell(machine.session("s_1"));
    machine.say("s_1", { kind: "final", id: "one", text: "first" });
    machine.say("s_1", { kind: "prompt", text: "and then?" });
    machine.say("s_1", { kind: "final", id: "two", text: "second" });
    machine.say("s_1", { kind: "final", id: "one", text: "first" });
    const last = machine.say("s_1", { kind: "final", id: "three", text: "third" });
    await until(() => lab.finals("s_1").length === 3, "three final messages");
    assertEquals(lab.finals("s_1"), ["first", "second", "third"]);
    await machine.acknowledged("s_1", last);
  });

  test("sessions are kept apart", async (lab) => {
    const { machine } = lab;
    for (const session of ["s_1", "s_2"]) {
      machine.tell(machine.session(session));
      machine.say(session, { kind: "final", text: `from ${session}` });
    }
    await until(() => lab.finals("s_1").length + lab.finals("s_2").length === 2, "both");
    assertEquals(lab.finals("s_1"), ["from s_1"]);
    assertEquals(lab.finals("s_2"), ["from s_2"]);
    machine.answers["prompts.send"] = () => ({ outcome: "delivered", changes: [] });
    await lab.prompt("s_2", "for the second");
    assertEquals((machine.asked.at(-1)?.params as { session: string }).session, "s_2");
  });

  test("a prompt goes out in the person's name, and how it went comes back", async (lab) => {
    const { machine } = lab;
    machine.tell(machine.session("s_1"));
    machine.say("s_1", { kind: "final", text: "ready" });
    await until(() => lab.finals("s_1").length === 1, "the session");
    machine.answers["prompts.send"] = () => ({ outcome: "delivered", changes: [] });
    assertEquals(await lab.prompt("s_1", "do it"), "delivered");
    const [req] = machine.asked;
    assertEquals(req?.params, { host: machine.id, session: "s_1", text: "do it" });
    assertEquals([req?.principal, typeof req?.idempotencyKey], [lab.account, "string"]);
    machine.answers["prompts.send"] = () => ({ outcome: "queued", changes: [] });
    assertEquals(await lab.prompt("s_1", "then this"), "queued");
    assertEquals(new Set(machine.asked.map(({ idempotencyKey }) => idempotencyKey)).size, 2);
    machine.answers["prompts.send"] = () => {
      throw new ProtocolError("PROMPT_REFUSED", "Cannot send: the agent asks for leave first");
    };
    const refusal = await lab.prompt("s_1", "and this");
    assertStringIncludes(refusal, "the agent asks for leave first");
  });

  test("an approval is answered once, there or elsewhere, and is open no more", async (lab) => {
    const { machine } = lab;
    const session = machine.session("s_1");
    machine.answers["approvals.answer"] = ({ approval }: { approval: string }) => {
      machine.tell({ ...session, approvals: [] });
      const id = approval;
      machine.settle({ session: session.id, id, outcome: "allowed", by: lab.account });
      return { outcome: "allowed" };
    };
    machine.tell({ ...session, status: "waiting", approvals: [approvalOf("one")] });
    await until(() => lab.open("s_1").includes("touch one"), "the approval");
    assertStringIncludes((await lab.answer("s_1", "touch one", "allow")).toLowerCase(), "allowed");
    assertEquals(machine.asked.at(-1)?.params, {
      host: machine.id,
      session: "s_1",
      approval: "one",
      verdict: "allow",
    });
    await until(() => lab.open("s_1").length === 0, "its end");

    machine.tell({ ...session, status: "waiting", approvals: [approvalOf("two")] });
    await until(() => lab.open("s_1").includes("touch two"), "the second approval");
    machine.tell({ ...session, approvals: [] });
    machine.settle({ session: sessionId.parse("s_1"), id: "two", outcome: "elsewhere" });
    await until(() => lab.open("s_1").length === 0, "the end of the second");
    assertEquals(machine.count("approvals.answer"), 1);
  });

  test("who may only watch sees what is said, and changes nothing", async (lab) => {
    const { machine } = lab;
    machine.tell(machine.session("s_1"));
    machine.say("s_1", { kind: "final", text: "look" });
    await until(() => lab.finals("s_1").length === 1, "the final message");
    assertMatch(await lab.prompt("s_1", "rm -rf /"), /may (not|only watch)/);
    assertEquals(machine.asked, []);
  }, "viewer");

  test("who is no longer let in sees nothing more and does nothing more", async (lab) => {
    const { machine } = lab;
    machine.tell(machine.session("s_1"));
    machine.say("s_1", { kind: "final", text: "before" });
    await until(() => lab.finals("s_1").length === 1, "the final message");
    await lab.end();
    machine.say("s_1", { kind: "prompt", text: "go on" });
    await machine.acknowledged("s_1", machine.say("s_1", { kind: "final", text: "after" }));
    assertEquals(lab.finals("s_1"), ["before"]);
    await lab.prompt("s_1", "hello?");
    assertEquals(machine.asked, []);
  });
}

function approvalOf(id: string): Approval {
  return {
    id,
    tool: "Bash",
    subject: `touch ${id}`,
    cwd: "/w",
    askedAtMs: Date.now(),
    verdicts: ["allow", "deny"],
  };
}

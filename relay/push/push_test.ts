import { assertEquals, assertRejects } from "@std/assert";
import { silentLog } from "@chatcode/kit";
import {
  type Approval,
  type HostId,
  hostId,
  ProtocolError,
  pushMessage,
  type PushSettings,
  sessionId,
  type Turn,
} from "@chatcode/protocol";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { Attention } from "../attention.ts";
import type { Principal } from "../auth/principal.ts";
import { claimOwner, openTestAuth } from "../auth/testing/open_test_auth.ts";
import { ConversationFeed } from "../conversation_feed.ts";
import { prefixes } from "../kv/keys.ts";
import { Roster } from "../roster.ts";
import { hostHello, testSession } from "../testing/open_sockets.ts";
import { openPushService } from "../testing/push_service.ts";
import { PUSH_HOLD_MS } from "./notices.ts";
import { openPush, type Push } from "./push.ts";
import { DEFAULT_PUSH_SETTINGS } from "./push_settings.ts";

const host = hostId.parse("h_1");
const session = sessionId.parse("s_1");
const { facts, load } = hostHello().host!;

/** A relay's notifications with one machine, one owner, and one subscribed browser. */
async function open() {
  await using stack = new AsyncDisposableStack();
  const test = stack.use(await openTestAuth());
  const service = stack.use(await openPushService());
  const { auth, clock, store } = test;
  const owner = await claimOwner(test);
  const actor = { who: owner.id };
  const signIn = async (): Promise<Principal> => {
    const { session } = await auth.browserSessions.create(owner.id, { userAgent: "", address: "" });
    return {
      account: owner.id,
      name: owner.name,
      role: "owner",
      hosts: "all",
      via: { kind: "browser_session", id: session.id },
      credential: session.tokenHash,
      expiresAtMs: session.expiresAtMs,
    };
  };
  const principal = await signIn();
  const publicUrl = new URL("http://127.0.0.1:8000/");
  let push: Push;
  let roster: Roster;
  let conversations: ConversationFeed;
  let attention: Attention;
  /** A relay that starts: its memory is empty, its store is not. */
  const start = async () => {
    roster = new Roster(clock);
    roster.register(host, "laptop");
    conversations = new ConversationFeed();
    attention = new Attention();
    const parts = { store, auth, roster, conversations, attention, publicUrl, clock };
    push = await openPush({ ...parts, allowLoopback: true, log: silentLog });
  };
  await start();
  stack.defer(() => push[Symbol.asyncDispose]());
  await push!.devices.add(principal, service.target(), actor);
  const report = (approvals: Approval[] = [], host: HostId = hostId.parse("h_1")) => ({
    ...testSession(host),
    title: "Fix the tests",
    agent: "claude" as const,
    approvals,
  });
  const running = stack.move();
  const self = {
    auth,
    clock,
    store,
    service,
    owner,
    actor,
    principal,
    signIn,
    get push() {
      return push;
    },
    get attention() {
      return attention;
    },
    online: (approvals: Approval[] = []) => roster.online(host, facts, load, [report(approvals)]),
    approvals: (...approvals: Approval[]) =>
      roster.session(host, { host, ended: false, session: report(approvals) }),
    turn(
      turn: {
        kind: "prompt" | "progress" | "final" | "error";
        id: string;
        text?: string;
        atMs?: number;
      },
    ) {
      const whole = { rev: 0, atMs: clock.now(), text: "", ...turn } as Turn;
      const payload = { host, session, agent: "claude" as const, conversation: "c", turn: whole };
      conversations.tell({ event: "turn", payload, host });
    },
    ended(id: string) {
      const payload = { host, session, id, outcome: "elsewhere" as const };
      conversations.tell({ event: "approval", payload, host });
    },
    /** Lets what is held be told. */
    async hold() {
      await clock.advance(PUSH_HOLD_MS);
      await push.settled();
    },
    async restart() {
      await push[Symbol.asyncDispose]();
      await start();
    },
    /** Shows that nothing else was sent: what is sent now is the next to come. */
    async nothingElse() {
      await clock.advance(1);
      self.turn({ kind: "final", id: crypto.randomUUID(), text: "marker" });
      await self.hold();
      const { message } = await service.next();
      assertEquals(message.type === "note" ? message.text : message, "marker");
      assertEquals(service.delivered, []);
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
  return self;
}

const approval = (id: string, subject = "rm -rf build\nand more"): Approval => ({
  id,
  tool: "Bash",
  subject,
  askedAtMs: 1_000_000_000_000,
  verdicts: ["allow", "deny"],
});

Deno.test("[PN1] [PN2] the end of an exchange is told with context, once however often it is told", async () => {
  await using test = await open();
  test.online();
  test.turn({ kind: "progress", id: "t0", text: "still at it" });
  test.turn({ kind: "final", id: "t1", text: "All **tests** pass.\nDetails follow." });
  test.turn({ kind: "final", id: "t1", text: "All **tests** pass.\nDetails follow." });
  await test.hold();
  const { message, headers } = await test.service.next();
  assertEquals(message, {
    type: "note",
    kind: "done",
    tag: headers.get("topic")!,
    url: "/s/h_1/s_1",
    machine: "laptop",
    session: "Fix the tests",
    agent: "claude",
    text: "All **tests** pass.",
    atMs: message.type === "note" ? message.atMs : 0,
  });
  assertEquals(headers.get("urgency"), "normal");
  assertEquals(pushMessage.parse(message), message);
  test.turn({ kind: "final", id: "t1", text: "told again after a reconnect" });
  await test.restart();
  test.online();
  test.turn({ kind: "final", id: "t1", text: "and after a restart of the relay" });
  await test.hold();
  await test.nothingElse();
});

Deno.test("[PN1] an error is told as failed, an old turn not at all", async () => {
  await using test = await open();
  test.online();
  test.turn({ kind: "error", id: "t1", text: "The model is overloaded" });
  await test.hold();
  const { message } = await test.service.next();
  assertEquals(message.type === "note" && [message.kind, message.text], [
    "failed",
    "The model is overloaded",
  ]);
  test.turn({ kind: "final", id: "t2", atMs: 1 });
  await test.hold();
  await test.nothingElse();
});

Deno.test("[PN1] [PN3] an approval is told, and withdrawn when it is answered elsewhere", async () => {
  await using test = await open();
  test.online();
  test.approvals(approval("a1"));
  await test.hold();
  const { message, headers } = await test.service.next();
  assertEquals(
    message.type === "note" && [message.kind, message.text, headers.get("urgency")],
    ["waiting", "Bash: rm -rf build", "high"],
  );
  test.ended("a1");
  assertEquals((await test.service.next()).message, { type: "withdraw", tag: message.tag });
  // The same, told by the session alone.
  test.approvals(approval("a2"));
  await test.hold();
  await test.service.next();
  test.approvals();
  assertEquals((await test.service.next()).message.type, "withdraw");
  await test.nothingElse();
});

Deno.test("[PN1] what is answered at once is not told; of several the newest that is open is", async () => {
  await using test = await open();
  test.online();
  test.approvals(approval("a1"));
  test.approvals();
  await test.hold();
  test.approvals(approval("a2", "first"));
  test.approvals(approval("a2", "first"), approval("a3", "second"));
  test.ended("a3");
  await test.hold();
  const { message } = await test.service.next();
  assertEquals(message.type === "note" && message.text, "Bash: first");
});

Deno.test("[PN1] [PN3] who looks is not told, and who comes to look has the note withdrawn", async () => {
  await using test = await open();
  test.online();
  const look = { account: test.owner.id, host, session };
  const looking = test.attention.look(look);
  test.approvals(approval("a1"));
  await test.hold();
  looking[Symbol.dispose]();
  await test.nothingElse();
  using _again = test.attention.look(look);
  assertEquals((await test.service.next()).message.type, "withdraw");
});

Deno.test("[PN3] a conversation that goes on withdraws the note of its last exchange", async () => {
  await using test = await open();
  test.online();
  test.turn({ kind: "final", id: "t1", text: "done" });
  await test.hold();
  await test.service.next();
  test.turn({ kind: "prompt", id: "t2", text: "and now?" });
  assertEquals((await test.service.next()).message.type, "withdraw");
});

Deno.test("[PN3] a note whose approval was answered while the relay was away is withdrawn", async () => {
  await using test = await open();
  test.online();
  test.approvals(approval("a1"));
  await test.hold();
  await test.service.next();
  await test.restart();
  test.online([approval("a1")]); // still asked: neither told again nor withdrawn
  await test.hold();
  await test.restart();
  test.online();
  assertEquals((await test.service.next()).message.type, "withdraw");
});

Deno.test("[PN4] kinds that are off and quiet hours are kept", async () => {
  await using test = await open();
  test.online();
  const save = (settings: PushSettings) =>
    test.push.settings.set(test.owner.id, settings, test.actor);
  await save({ ...DEFAULT_PUSH_SETTINGS, kinds: { done: true, waiting: false, failed: true } });
  test.approvals(approval("a1"));
  await test.hold();
  await test.nothingElse();
  await save({
    ...DEFAULT_PUSH_SETTINGS,
    quiet: { from: "00:00", to: "23:59", timeZone: "UTC" },
  });
  test.turn({ kind: "error", id: "t2", text: "quiet" });
  await test.hold();
  await save(DEFAULT_PUSH_SETTINGS);
  await test.nothingElse();
});

Deno.test("a subscription goes when its push service says so, with its browser session, and on request", async () => {
  await using test = await open();
  test.online();
  const left = async () =>
    (await Array.fromAsync(test.store.list(prefixes.pushDevices, { limit: 10 })))
      .flatMap(({ value }) => value.devices.map(({ endpoint }) => new URL(endpoint).pathname));
  test.service.answers.push(new Response(null, { status: 410 }));
  test.turn({ kind: "final", id: "t1", text: "done" });
  await test.hold();
  await waitFor(async () => (await left()).length === 0, { what: "the subscription to go" });
  const other = await test.signIn();
  await test.push.devices.add(other, test.service.target("/push/2"), test.actor);
  await test.auth.browserSessions.signOut(other.credential, test.actor);
  assertEquals(await left(), []);
  const error = await assertRejects(
    () => test.push.devices.add(other, test.service.target("/push/2"), test.actor),
    ProtocolError,
  );
  assertEquals(error.code, "UNAUTHORIZED");
  await test.push.devices.add(test.principal, test.service.target("/push/3"), test.actor);
  await test.push.devices.remove(
    test.principal,
    test.service.target("/push/3").endpoint,
    test.actor,
  );
  assertEquals(await left(), []);
});

Deno.test("a browser session has five subscriptions at most, and a browser that signed in twice is told once", async () => {
  await using test = await open();
  const { devices } = test.push;
  for (let n = 1; n <= 7; n++) {
    await devices.add(test.principal, test.service.target(`/push/${n}`), test.actor);
  }
  await devices.add(test.principal, test.service.target("/push/5"), test.actor);
  const again = await test.signIn();
  await test.clock.advance(1_000);
  await devices.add(again, test.service.target("/push/7"), test.actor);
  const [found = []] = (await devices.byAccount()).values();
  assertEquals(
    found.map(({ endpoint }) => new URL(endpoint).pathname).sort(),
    ["/push/3", "/push/4", "/push/5", "/push/6", "/push/7"],
  );
  assertEquals(
    found.find(({ endpoint }) => endpoint.endsWith("/7"))?.credential,
    again.credential,
  );
});

Deno.test("what no browser would send is refused", async () => {
  await using test = await open();
  const { endpoint, keys } = test.service.target();
  for (
    const target of [
      { endpoint: "http://10.0.0.1/x", keys },
      { endpoint: `https://push.example.com/${"x".repeat(1_000)}`, keys },
      { endpoint, keys: { ...keys, p256dh: `B${"A".repeat(86)}` } },
      { endpoint, keys: { ...keys, auth: "AAAA" } },
      { endpoint, keys: { ...keys, auth: "no base64!" } },
    ]
  ) {
    const error = await assertRejects(
      () => test.push.devices.add(test.principal, target, test.actor),
      ProtocolError,
    );
    assertEquals(error.code, "INVALID_REQUEST");
  }
});

Deno.test("[REL3] nothing of what was said is stored", async () => {
  await using test = await open();
  test.online();
  test.turn({ kind: "final", id: "t1", text: "SECRET-WORDS" });
  await test.hold();
  await test.service.next();
  const shown = await Array.fromAsync(test.store.list(prefixes.pushNotesOn(host), { limit: 10 }));
  assertEquals(shown.map(({ value }) => Object.keys(value).sort()), [["about", "atMs", "kind"]]);
  assertEquals(JSON.stringify(shown).includes("SECRET"), false);
});

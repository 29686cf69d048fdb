import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { type ErrorCode, ProtocolError } from "@chatcode/protocol";
import { waitFor } from "../kit/testing/wait_for.ts";
import { GatewayLab } from "./testing/gateway_lab.ts";

async function refusal(act: () => Promise<unknown>): Promise<ErrorCode> {
  return (await assertRejects(act, ProtocolError)).code;
}

Deno.test("[AT1] [AT3] [IN2] attach answers, paints, and takes keys that it acknowledges", async () => {
  await using lab = await GatewayLab.open();
  const session = await lab.session();
  const viewer = await lab.attach(session, { channel: 5, cols: 91, rows: 27 });
  const { outcome, inputSeq, cols, rows, holdsSize, readOnly } = viewer.answer;
  assertEquals({ outcome, inputSeq, cols, rows, holdsSize, readOnly }, {
    outcome: "resync",
    inputSeq: 0,
    cols: 91,
    rows: 27,
    holdsSize: true,
    readOnly: false,
  });
  const { epoch, ...resync } = await viewer.told("resync");
  assertEquals([resync, epoch], [
    { type: "resync", channel: 5, seq: 0, cols: 91, rows: 27 },
    viewer.answer.epoch,
  ]);
  viewer.type("echo $((6*7))x\r");
  await viewer.sees("42x");
  await waitFor(() => viewer.ackedSeq === viewer.inputSeq, { what: "the acknowledgement" });
});

Deno.test("[IN2] what is sent twice is typed once; a gap closes the channel", async () => {
  await using lab = await GatewayLab.open();
  const session = await lab.session(["cat"]);
  const viewer = await lab.attach(session, { channel: 5 });
  viewer.type("abc");
  viewer.type("abcdef\r", 0);
  viewer.type("end\r");
  await waitFor(() => viewer.ackedSeq === viewer.inputSeq, { what: "the acknowledgement" });
  const lines = await waitFor(async () => {
    const screen = await lab.home.tmux("capture-pane", "-p", "-t", `=${session.id}:`);
    return screen.split("end").length === 3 && screen.trim().split("\n");
  }, { what: "cat's answer" });
  assertEquals(lines.toSorted(), ["abcdef", "abcdef", "end", "end"]);
  viewer.type("x", viewer.inputSeq + 1);
  assertEquals((await viewer.told("closed")).reason, "failed");
  viewer.type("nobody takes this");
  const again = await lab.attach(session, { channel: 6 });
  assertEquals(again.answer.inputSeq, viewer.ackedSeq);
});

Deno.test("[AT2] [AT5] after a lost uplink a viewer goes on at the byte where it stopped", async () => {
  await using lab = await GatewayLab.open();
  const session = await lab.session(["cat"]);
  const before = await lab.attach(session, { channel: 5 });
  before.type("one\r");
  await before.sees("one");
  await waitFor(() => before.ackedSeq === 4, { what: "the acknowledgement" });
  await lab.reconnect();
  await lab.home.tmux("send-keys", "-t", `=${session.id}:`, "two", "Enter");
  const resume = { epoch: before.epoch, seq: before.seq };
  const after = await lab.attach(session, { channel: 9, resume });
  assertEquals([after.answer.outcome, after.answer.inputSeq], ["replay", 4]);
  await after.sees("two");
  assertEquals([before.gaps, after.gaps], [0, 0], "nothing is lost or doubled");
  assertEquals(after.events.filter(({ type }) => type === "resync"), []);
});

Deno.test("[IN2] [SE3] gateway restart: keys count on, the viewer gets a fresh paint", async () => {
  await using lab = await GatewayLab.open();
  const session = await lab.session(["cat"]);
  const before = await lab.attach(session, { channel: 5 });
  before.type("one\r");
  await waitFor(() => before.ackedSeq === 4, { what: "the acknowledgement" });
  await lab.stop();
  await lab.start();
  assertEquals(lab.link.hello.host?.sessions.map(({ id }) => id), [session.id]);
  const resume = { epoch: before.epoch, seq: before.seq };
  const after = await lab.attach(session, { channel: 5, resume });
  assertEquals([after.answer.outcome, after.answer.inputSeq], ["resync", 4]);
  assertNotEquals(after.answer.epoch, before.epoch);
  after.type("one\rtwo\r", 0);
  await after.sees("two");
  assert(!after.text.includes("one\r\none\r\none"), "what was typed before is not typed again");
});

Deno.test("[AT5] [CH2] the same viewer elsewhere replaces the older channel", async () => {
  await using lab = await GatewayLab.open();
  const session = await lab.session(["cat"]);
  const first = await lab.attach(session, { channel: 5 });
  const second = await lab.attach(session, { channel: 6 });
  assertEquals((await first.told("closed")).reason, "replaced");
  second.type("still\r");
  await second.sees("still");
});

Deno.test("[ID2] [RL3] the same viewer id of two users is two viewers", async () => {
  await using lab = await GatewayLab.open();
  const session = await lab.session(["cat"]);
  const anna = await lab.attach(session, { channel: 5, principal: "anna" });
  const ben = await lab.attach(session, { channel: 6, principal: "ben" });
  anna.type("anna\r");
  await ben.sees("anna");
  ben.type("ben\r");
  await anna.sees("ben");
  assertEquals([...anna.events, ...ben.events].filter(({ type }) => type === "closed"), []);
});

Deno.test("[CH3] channels in use, unknown and detached", async () => {
  await using lab = await GatewayLab.open();
  const session = await lab.session(["cat"]);
  const viewer = await lab.attach(session, { channel: 5 });
  const again = { session: session.id, channel: 5, viewer: "x".repeat(16) as never };
  const size = { cols: 80, rows: 24, creditBytes: 0 };
  const inUse = await refusal(() => lab.link.request("terminal.attach", { ...again, ...size }));
  assertEquals(inUse, "CHANNEL_IN_USE");
  viewer.type("abc");
  await waitFor(() => viewer.ackedSeq === 3, { what: "the acknowledgement" });
  await lab.link.request("terminal.detach", { channel: 5, keep: true });
  for (
    const [method, params] of Object.entries({
      "terminal.detach": {},
      "terminal.resize": { cols: 80, rows: 24 },
      "terminal.focus": { foreground: true },
    })
  ) {
    const code = await refusal(() => lab.link.ask(method, { channel: 5, ...params }));
    assertEquals(code, "CHANNEL_NOT_FOUND", method);
  }
  const kept = await lab.attach(session, { channel: 5 });
  assertEquals(kept.answer.inputSeq, 3);
  await lab.link.request("terminal.detach", { channel: 5 });
  await waitFor(async () => {
    const fresh = await lab.attach(session, { channel: 7 });
    await lab.link.request("terminal.detach", { channel: 7 });
    return fresh.answer.inputSeq === 0;
  }, { what: "the viewer to be forgotten" });
});

Deno.test("[CR1] output waits for credit, and a viewer that grants none gets none", async () => {
  await using lab = await GatewayLab.open();
  const session = await lab.session(["sh", "-c", "echo ready; exec cat"]);
  const other = await lab.attach(session, { channel: 6, principal: "ben" });
  await other.sees("ready");
  const viewer = await lab.attach(session, { channel: 5, creditBytes: 0 });
  other.type("flows\r");
  await other.sees("flows");
  assertEquals([viewer.seq, viewer.text], [0, ""]);
  viewer.grant(7);
  await waitFor(() => viewer.seq === 7, { what: "seven bytes" });
  viewer.grants = true;
  viewer.grant(65_536);
  await viewer.sees("flows");
});

Deno.test("[SZ1] [SZ2] one viewer holds the size; another may take it", async () => {
  await using lab = await GatewayLab.open();
  const session = await lab.session(["cat"]);
  const first = await lab.attach(session, { channel: 5, cols: 100, rows: 30 });
  const second = await lab.attach(session, {
    channel: 6,
    viewer: "viewer-of-a-phone" as never,
    cols: 40,
    rows: 20,
  });
  assertEquals([second.answer.cols, second.answer.holdsSize], [100, false]);
  const size = { cols: 50, rows: 25 };
  assertEquals(
    await lab.link.request("terminal.resize", { channel: 6, ...size }),
    { cols: 100, rows: 30, holdsSize: false },
  );
  assertEquals(
    await lab.link.request("terminal.resize", { channel: 6, ...size, take: true }),
    { ...size, holdsSize: true },
  );
  assertEquals(await first.told("size"), { type: "size", channel: 5, ...size, holdsSize: false });
  assertEquals(await lab.link.request("terminal.focus", { channel: 6, foreground: false }), {});
  assertEquals(
    await lab.home.tmux("list-windows", "-t", `=${session.id}`, "-F", "#{window_width}"),
    "50",
  );
});

Deno.test("[IN4] a read-only viewer watches, and neither types nor sizes", async () => {
  await using lab = await GatewayLab.open();
  const session = await lab.session(["cat"]);
  const viewer = await lab.attach(session, { channel: 5, readOnly: true, cols: 50, rows: 20 });
  assertEquals([viewer.answer.readOnly, viewer.answer.holdsSize], [true, false]);
  viewer.type("dropped\r");
  await waitFor(() => viewer.ackedSeq === 8, { what: "the acknowledgement" });
  const code = await refusal(() =>
    lab.link.request("terminal.resize", { channel: 5, cols: 60, rows: 20, take: true })
  );
  assertEquals(code, "READ_ONLY");
  const driver = await lab.attach(session, { channel: 6, principal: "ben" });
  driver.type("typed\r");
  await viewer.sees("typed");
  assert(!driver.text.includes("dropped"));
});

Deno.test("[AT6] sessions that never were, have ended, and end under one's eyes", async () => {
  await using lab = await GatewayLab.open();
  const session = await lab.session(["cat"]);
  const none = { ...session, id: "nonsense" as typeof session.id };
  assertEquals(await refusal(() => lab.attach(none, { channel: 5 })), "SESSION_NOT_FOUND");
  const viewer = await lab.attach(session, { channel: 5 });
  viewer.type("\x04");
  assertEquals((await viewer.told("closed")).reason, "ended");
  await waitFor(
    () => lab.link.events.some(({ payload }) => (payload as { ended: boolean }).ended),
    {
      what: "the session's end",
    },
  );
  assertEquals(await refusal(() => lab.attach(session, { channel: 5 })), "SESSION_ENDED");
});

Deno.test("[HI1] history comes by the page", async () => {
  await using lab = await GatewayLab.open();
  const session = await lab.session(["sh", "-c", "seq 1 200; exec cat"]);
  const page = await waitFor(async () => {
    const params = { session: session.id, start: 10, count: 5 };
    const page = await lab.link.request("terminal.history", params);
    return page.historySize > 100 && page;
  }, { what: "some history" });
  assertEquals([page.start, page.lines], [10, ["11", "12", "13", "14", "15"]]);
  const code = await refusal(() =>
    lab.link.request("terminal.history", { session: "none" as never, start: 0, count: 1 })
  );
  assertEquals(code, "SESSION_NOT_FOUND");
});

Deno.test("[FR1] frames for channels that nobody has are dropped and harm nobody", async () => {
  await using lab = await GatewayLab.open();
  const session = await lab.session(["cat"]);
  const viewer = await lab.attach(session, { channel: 5 });
  lab.link.send(JSON.stringify({ type: "credit", channel: 77, bytes: 100 }));
  lab.link.send(new Uint8Array([2, 0, 0, 0, 0, 0, 0, 77, 0, 0, 0, 0, 0, 0, 0, 0, 65]));
  viewer.type("fine\r");
  await viewer.sees("fine");
});

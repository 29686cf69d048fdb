import { assert, assertEquals } from "@std/assert";
import {
  CREDIT_WINDOW_BYTES,
  type HostId,
  type SessionId,
  type ViewerId,
} from "@chatcode/protocol";
import { EMPTY_SNAPSHOT, FakeRelay } from "../testing/fake_relay.ts";
import { TerminalLink } from "./terminal_link.ts";

const host = "box" as HostId;
const encode = (text: string) => new TextEncoder().encode(text);

/** A link whose screen is text; `draw` false keeps bytes undrawn until `drawAll()`. */
function openLink(options: { draw?: boolean } = {}) {
  const relay = new FakeRelay();
  const connection = relay.connect();
  const screen = { text: "", size: "" };
  const undrawn: (() => void)[] = [];
  let viewers = 0;
  const link = new TerminalLink({
    connection,
    host,
    session: "s1" as SessionId,
    viewer: "viewer-0000000000" as ViewerId,
    screen: {
      write: (bytes, drawn) => {
        screen.text += new TextDecoder().decode(bytes);
        if (options.draw === false) undrawn.push(drawn);
        else drawn();
      },
      reset: () => screen.text = "",
      resize: (cols, rows) => screen.size = `${cols}x${rows}`,
    },
    wantedSize: () => ({ cols: 80, rows: 24 }),
    foreground: () => true,
    newViewer: () => `viewer-000000000${++viewers}` as ViewerId,
    clock: relay.clock,
    random: () => 0.5,
  });
  const attach = (answer: { outcome: "replay" | "resync"; inputSeq: number; epoch?: string }) => {
    const request = relay.socket.answer("terminal.attach", {
      epoch: "e1",
      cols: 80,
      rows: 24,
      holdsSize: true,
      readOnly: false,
      ...answer,
    });
    const params = request.params as { channel: number; resume?: unknown; creditBytes: number };
    return {
      params,
      resync: (seq: number, epoch = "e1") =>
        relay.socket.say({
          type: "resync",
          channel: params.channel as never,
          seq,
          epoch,
          cols: 80,
          rows: 24,
        }),
      say: (seq: number, text: string) => relay.socket.output(params.channel, seq, encode(text)),
      ack: (seq: number) =>
        relay.socket.say({ type: "input-ack", channel: params.channel as never, seq }),
      closed: (reason: "ended" | "host-offline" | "replaced" | "failed") =>
        relay.socket.say({ type: "closed", channel: params.channel as never, reason }),
    };
  };
  const typed = () =>
    relay.socket.inputs.map(({ seq, bytes }) => `${seq}:${new TextDecoder().decode(bytes)}`);
  const reconnect = async () => {
    relay.socket.drop();
    await relay.clock.advance(0);
    relay.socket.accept();
  };
  const stop = () => {
    link.close();
    connection.close();
    assertEquals(relay.clock.pending, 0);
  };
  const drawAll = () => undrawn.splice(0).forEach((drawn) => drawn());
  return { relay, link, screen, attach, typed, reconnect, drawAll, stop };
}

Deno.test("[AT3] a new view is painted from the resync on", () => {
  const { relay, link, screen, attach, stop } = openLink();
  relay.socket.accept();
  const view = attach({ outcome: "resync", inputSeq: 0 });
  assertEquals(view.params.resume, undefined);
  assertEquals(view.params.creditBytes, CREDIT_WINDOW_BYTES);
  view.resync(40);
  view.say(40, "hello");
  assertEquals([screen.text, screen.size], ["hello", "80x24"]);
  assertEquals(link.state.value.state, "live");
  stop();
});

Deno.test("[AT2] after a cut the output goes on at the byte where it stopped", async () => {
  const { relay, screen, attach, reconnect, stop } = openLink();
  relay.socket.accept();
  const first = attach({ outcome: "resync", inputSeq: 0 });
  first.resync(0);
  first.say(0, "abc");
  await reconnect();
  const second = attach({ outcome: "replay", inputSeq: 0 });
  assertEquals(second.params.resume, { epoch: "e1", seq: 3 });
  assert(second.params.channel !== first.params.channel);
  second.say(1, "bcd"); // overlap is drawn once
  second.say(4, "e");
  assertEquals(screen.text, "abcde");
  stop();
});

Deno.test("[AT2] a hole in the output is never drawn over: the view attaches again", async () => {
  const { relay, screen, attach, stop } = openLink();
  relay.socket.accept();
  const first = attach({ outcome: "resync", inputSeq: 0 });
  first.resync(0);
  first.say(0, "abc");
  first.say(9, "xyz");
  await relay.clock.advance(1000);
  const second = attach({ outcome: "replay", inputSeq: 0 });
  assertEquals(second.params.resume, { epoch: "e1", seq: 3 });
  second.say(3, "def");
  assertEquals(screen.text, "abcdef");
  stop();
});

Deno.test("[IN2] keys typed before, during and after a cut arrive once, in order", async () => {
  const { relay, link, attach, typed, reconnect, stop } = openLink();
  link.type(encode("a"));
  relay.socket.accept();
  const first = attach({ outcome: "resync", inputSeq: 0 });
  link.type(encode("b"));
  assertEquals(typed(), ["0:a", "1:b"]);
  first.ack(1);
  const cut = reconnect();
  link.type(encode("c"));
  await cut;
  link.type(encode("d"));
  assertEquals(typed(), []);
  attach({ outcome: "replay", inputSeq: 2 });
  assertEquals(typed(), ["2:cd"]);
  stop();
});

Deno.test("[IN3] a large paste waits for acknowledgements and loses nothing", () => {
  const { relay, link, attach, stop } = openLink();
  relay.socket.accept();
  const view = attach({ outcome: "resync", inputSeq: 0 });
  const paste = new Uint8Array(1_000_000).map((_, index) => index % 251);
  link.type(paste);
  const bytesSent = () => relay.socket.inputs.reduce((sum, { bytes }) => sum + bytes.length, 0);
  assertEquals(bytesSent(), 65_536);
  while (bytesSent() < paste.length) view.ack(bytesSent());
  const arrived = relay.socket.inputs.flatMap(({ bytes }) => [...bytes]);
  assertEquals(new Uint8Array(arrived), paste);
  stop();
});

Deno.test("[CR1] credit is returned when output is drawn, not when it is received", () => {
  const { relay, attach, drawAll, stop } = openLink({ draw: false });
  relay.socket.accept();
  const view = attach({ outcome: "resync", inputSeq: 0 });
  view.resync(0);
  view.say(0, "x".repeat(32_768));
  assertEquals(relay.socket.sent("credit"), []);
  drawAll();
  assertEquals(relay.socket.sent("credit").map(({ bytes }) => bytes), [32_768]);
  stop();
});

Deno.test("[CR2] credit, undrawn output and credit owed never exceed the window over a cut", async () => {
  const { relay, attach, drawAll, reconnect, stop } = openLink({ draw: false });
  relay.socket.accept();
  const first = attach({ outcome: "resync", inputSeq: 0 });
  first.resync(0);
  first.say(0, "x".repeat(32_768));
  first.say(32_768, "x".repeat(32_768));
  await reconnect();
  drawAll(); // while the answer is on its way
  const second = attach({ outcome: "replay", inputSeq: 0 });
  assertEquals(second.params.creditBytes, CREDIT_WINDOW_BYTES - 65_536);
  assertEquals(relay.socket.sent("credit").map(({ bytes }) => bytes), [65_536]);
  stop();
});

Deno.test("[CH2] after host-offline the view comes back with the machine", async () => {
  const { relay, link, attach, stop } = openLink();
  const presence = (seq: number, online: boolean) =>
    relay.socket.say({
      type: "event",
      event: "presence",
      payload: { host: { id: host, name: "box", online } },
      seq,
      stateVersion: seq,
    });
  relay.socket.accept({ ...EMPTY_SNAPSHOT, hosts: [{ id: host, name: "box", online: true }] });
  const view = attach({ outcome: "resync", inputSeq: 0 });
  view.closed("host-offline");
  presence(1, false);
  assertEquals(link.state.value, { state: "waiting", why: "host-offline" });
  presence(2, true);
  assertEquals(relay.socket.asked("terminal.attach").length, 2);
  await relay.clock.advance(0);
  stop();
});

Deno.test("[CH2] a view that was copied with its tab goes on under a new id", async () => {
  const { relay, link, attach, typed, stop } = openLink();
  relay.socket.accept();
  const first = attach({ outcome: "resync", inputSeq: 0 });
  first.resync(0);
  first.closed("replaced");
  link.type(encode("z"));
  await relay.clock.advance(1000);
  const request = relay.socket.asked("terminal.attach").at(-1);
  assertEquals(request?.params.viewer, "viewer-0000000001");
  assertEquals(request?.params.resume, undefined);
  attach({ outcome: "resync", inputSeq: 0 });
  assertEquals(typed(), ["0:z"]);
  stop();
});

Deno.test("[AT6] an ended session is over for good", async () => {
  const { relay, link, attach, stop } = openLink();
  relay.socket.accept();
  attach({ outcome: "resync", inputSeq: 0 }).closed("ended");
  link.type(encode("x"));
  assertEquals(link.state.value, { state: "over", why: "ended" });
  relay.socket.drop();
  await relay.clock.advance(0);
  relay.socket.accept();
  assertEquals(relay.socket.asked("terminal.attach").length, 0);
  stop();
});

Deno.test("[SZ1] the session's size is taken, whatever was asked", () => {
  const { relay, link, screen, attach, stop } = openLink();
  relay.socket.accept();
  const view = attach({ outcome: "resync", inputSeq: 0 });
  view.resync(0);
  relay.socket.say({
    type: "size",
    channel: view.params.channel as never,
    cols: 140,
    rows: 50,
    holdsSize: false,
  });
  assertEquals(screen.size, "140x50");
  assertEquals(link.state.value, {
    state: "live",
    cols: 140,
    rows: 50,
    holdsSize: false,
    readOnly: false,
  });
  stop();
});

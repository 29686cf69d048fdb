import { assertEquals } from "@std/assert";
import { type HostId, ProtocolError, type SessionId, type Turn } from "@chatcode/protocol";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { FakeRelay } from "../testing/fake_relay.ts";
import { turnsOf } from "./conversation.ts";
import { ConversationFeed } from "./conversation_feed.ts";

const host = "box" as HostId;
const session = "one" as SessionId;
const turn = (id: string, rev = 0): Turn => ({ id, rev, atMs: 1, kind: "progress", text: id });

function open() {
  const relay = new FakeRelay();
  const connection = relay.connect();
  relay.socket.accept();
  const feed = new ConversationFeed(connection, { host, session });
  let seq = 0;
  const event = (event: string, payload: unknown, skip = 0) => {
    seq += 1 + skip;
    relay.socket.say({ type: "event", event, payload, seq, stateVersion: seq });
  };
  const tell = (conversation: string, turn: Turn, skip = 0) =>
    event("turn", { host, session, agent: "claude", conversation, turn }, skip);
  const page = async (conversation: string | undefined, ids: string[], older?: string) => {
    const before = feed.state.value;
    relay.socket.answer("turns.list", {
      ...(conversation !== undefined && { conversation }),
      turns: ids.map((id) => turn(id)),
      ...(older !== undefined && { older }),
    });
    await waitFor(() => feed.state.value !== before, { what: "the page" });
  };
  return {
    relay,
    feed,
    event,
    tell,
    page,
    ids: () => turnsOf(feed.state.value.conversation).map(({ id }) => id),
    asked: () => relay.socket.asked("turns.list").length,
    close() {
      feed.close();
      connection.close();
    },
  };
}

Deno.test("turns told while the page is on its way are taken after it", async () => {
  const { tell, page, ids, feed, close } = open();
  tell("c", turn("b", 1));
  tell("c", turn("c"));
  assertEquals(ids(), []);
  await page("c", ["a", "b"]);
  assertEquals(ids(), ["a", "b", "c"]);
  assertEquals(turnsOf(feed.state.value.conversation)[1]?.rev, 1);
  tell("c", turn("d"));
  assertEquals(ids(), ["a", "b", "c", "d"]);
  close();
});

Deno.test("[EV3] a gap in the events, and a new socket, are repaired by asking again", async () => {
  const { relay, tell, page, ids, asked, close } = open();
  await page("c", ["a"]);
  tell("c", turn("d"), 2);
  assertEquals(asked(), 2);
  await page("c", ["a", "b", "c", "d"]);
  assertEquals(ids(), ["a", "b", "c", "d"]);
  relay.socket.drop();
  await relay.clock.advance(0);
  relay.socket.accept();
  assertEquals(asked(), 1);
  await page("c", ["d", "e"]);
  assertEquals(ids(), ["a", "b", "c", "d", "e"]);
  close();
});

Deno.test("a new conversation is believed when the host says so, an old one told late is not", async () => {
  const { tell, page, ids, asked, close } = open();
  await page("old", ["a"]);
  tell("new", turn("x"));
  assertEquals([ids(), asked()], [["a"], 2]);
  await page("new", ["x"]);
  assertEquals(ids(), ["x"]);
  for (let n = 0; n < 100; n++) {
    tell("old", turn(`late ${n}`));
    if (asked() > 2 && n < 1) await page("new", ["x"]);
  }
  assertEquals(ids(), ["x"]);
  assertEquals(asked() < 12, true);
  close();
});

Deno.test("older turns are asked for once, and a failure is told and mended", async () => {
  const { relay, feed, page, ids, close } = open();
  const refuse = (message: string) => {
    const request = relay.socket.asked("turns.list").at(-1);
    const error = new ProtocolError("HOST_OFFLINE", message).toWire();
    relay.socket.say({ type: "res", id: request?.id ?? "", ok: false, error });
  };
  refuse("The machine is offline");
  await waitFor(() => feed.state.value.state === "failed", { what: "the failure" });
  assertEquals(feed.state.value.problem, "The machine is offline");
  feed.refresh();
  await page("c", ["c", "d"], "before-c");
  void feed.loadOlder();
  void feed.loadOlder();
  const asked = relay.socket.asked("turns.list");
  assertEquals([asked.length, asked.at(-1)?.params["before"]], [3, "before-c"]);
  await page("c", ["a", "b"]);
  assertEquals(ids(), ["a", "b", "c", "d"]);
  await waitFor(() => !feed.state.value.loadingOlder, { what: "the end of loading" });
  void feed.loadOlder();
  assertEquals(relay.socket.asked("turns.list").length, 3);
  close();
});

Deno.test("[AP3] how an approval ended is remembered", async () => {
  const { feed, event, page, close } = open();
  await page(undefined, []);
  event("approval", { host, session, id: "p1", outcome: "elsewhere" });
  event("approval", { host, session: "two", id: "p2", outcome: "allowed" });
  assertEquals([...feed.state.value.outcomes], [["p1", "elsewhere"]]);
  close();
});

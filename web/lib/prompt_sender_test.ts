import { assertEquals, assertNotEquals } from "@std/assert";
import { type ErrorCode, type HostId, ProtocolError, type SessionId } from "@chatcode/protocol";
import { FakeRelay } from "../testing/fake_relay.ts";
import { PromptSender } from "./prompt_sender.ts";

const where = { host: "box" as HostId, session: "one" as SessionId };

function open() {
  const relay = new FakeRelay();
  const connection = relay.connect();
  relay.socket.accept();
  const sender = new PromptSender(connection, where);
  const asked = () => relay.socket.asked("prompts.send");
  return {
    connection,
    sender,
    asked,
    states: () => sender.state.value.sent.map(({ text, state }) => `${text}: ${state}`),
    accept: () =>
      relay.socket.say({ type: "res", id: asked().at(-1)?.id ?? "", ok: true, accepted: true }),
    answer: (payload: unknown) => relay.socket.answer("prompts.send", payload),
    refuse: (code: ErrorCode) => {
      const error = new ProtocolError(code, "Cannot send").toWire();
      relay.socket.say({ type: "res", id: asked().at(-1)?.id ?? "", ok: false, error });
    },
  };
}

Deno.test("[PR1] a prompt is sent, accepted and delivered, and gone when it is seen", async () => {
  const { connection, sender, states, accept, answer } = open();
  const sending = sender.send("hello");
  assertEquals(states(), ["hello: sending"]);
  accept();
  assertEquals(states(), ["hello: accepted"]);
  answer({ outcome: "delivered", turn: "t1", changes: ["something"] });
  assertEquals(await sending, true);
  assertEquals([states(), sender.state.value.changes], [["hello: delivered"], ["something"]]);
  sender.seen([{ id: "t1", rev: 0, atMs: 1, kind: "prompt", text: "hello" }]);
  assertEquals(states(), []);
  connection.close();
});

Deno.test("[RQ5] the key stays until there is an answer, and is new after one", async () => {
  const { connection, sender, asked, states, answer, refuse } = open();
  const first = sender.send("hello");
  refuse("TIMEOUT");
  assertEquals([await first, states()], [false, ["hello: refused"]]);
  const second = sender.send("hello");
  assertEquals(states(), ["hello: sending"]);
  refuse("AGENT_TIMEOUT");
  await second;
  const third = sender.send("hello");
  answer({ outcome: "queued", changes: [] });
  await third;
  assertEquals(states(), ["hello: queued"]);
  const [one, two, three] = asked().map(({ idempotencyKey }) => idempotencyKey);
  assertEquals(one, two);
  assertNotEquals(two, three);
  sender.dismiss(three ?? "");
  assertEquals(states(), []);
  connection.close();
});

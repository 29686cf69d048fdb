import { assertEquals } from "@std/assert";
import {
  type ChannelFrame,
  channelId,
  encodeBytesFrame,
  parseBytesFrame,
} from "@chatcode/protocol";
import { Splice, type SpliceEnd } from "./splice.ts";

function openEnd(number: number) {
  const seen: unknown[] = [];
  const end: SpliceEnd = {
    channel: channelId.parse(number),
    send: (frame) => seen.push(frame),
    sendBytes: (wire) => {
      const { kind, channel, seq, bytes } = parseBytesFrame(wire);
      seen.push([kind, channel, seq, new TextDecoder().decode(bytes)]);
    },
    drop: () => seen.push("dropped"),
  };
  return { end, seen };
}

function open() {
  const client = openEnd(5);
  const host = openEnd(900);
  return { client, host, splice: new Splice(client.end, host.end) };
}

function bytes(kind: "input" | "output", channel: number) {
  const text = new TextEncoder().encode("hi");
  const wire = encodeBytesFrame({ kind, channel, seq: 7, bytes: text });
  return [parseBytesFrame(wire), wire] as const;
}

Deno.test("[RL2] bytes and channel frames pass with the other side's number", () => {
  const { client, host, splice } = open();
  splice.bytesFromClient(...bytes("input", 5));
  splice.bytesFromHost(...bytes("output", 900));
  splice.frameFromClient({ type: "credit", channel: client.end.channel, bytes: 10 });
  splice.frameFromHost({ type: "input-ack", channel: host.end.channel, seq: 2 });
  assertEquals(host.seen, [
    ["input", 900, 7, "hi"],
    { type: "credit", channel: host.end.channel, bytes: 10 },
  ]);
  assertEquals(client.seen, [
    ["output", 5, 7, "hi"],
    { type: "input-ack", channel: client.end.channel, seq: 2 },
  ]);
});

Deno.test("[RL2] what may not travel in a direction is dropped", () => {
  const { client, host, splice } = open();
  splice.bytesFromClient(...bytes("output", 5));
  splice.bytesFromHost(...bytes("input", 900));
  const ack: ChannelFrame = { type: "input-ack", channel: client.end.channel, seq: 1 };
  splice.frameFromClient(ack);
  splice.frameFromHost({ type: "credit", channel: host.end.channel, bytes: 1 });
  assertEquals([client.seen, host.seen], [[], []]);
});

Deno.test("[CH2] closed frees both numbers, once", () => {
  const { client, host, splice } = open();
  splice.frameFromHost({ type: "closed", channel: host.end.channel, reason: "ended" });
  splice.hostGone();
  assertEquals(client.seen, [
    { type: "closed", channel: client.end.channel, reason: "ended" },
    "dropped",
  ]);
  assertEquals(host.seen, ["dropped"]);
});

Deno.test("[RL4] when the host goes, the client is told", () => {
  const { client, splice } = open();
  splice.hostGone();
  assertEquals(client.seen, [
    { type: "closed", channel: client.end.channel, reason: "host-offline" },
    "dropped",
  ]);
});

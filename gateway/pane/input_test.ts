import { assert, assertEquals, assertRejects } from "@std/assert";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { TmuxError } from "../tmux/error.ts";
import { readMarker } from "../tmux/input_marker.ts";
import { PrivateTmux } from "../tmux/private_tmux.ts";
import { INPUT_QUEUE_BYTES, InputLane } from "./input.ts";
import { RawReader } from "./testing/raw_reader.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

interface Heard {
  acks: number[];
  client: string[];
  failed: TmuxError[];
}

async function openLane(tmux: PrivateTmux, viewer = "tab"): Promise<[InputLane, Heard]> {
  const heard: Heard = { acks: [], client: [], failed: [] };
  const lane = await InputLane.open({
    tmux,
    session: "one",
    viewer,
    toClient: (bytes) => heard.client.push(textOf(bytes)),
    onAck: (seq) => heard.acks.push(seq),
    onFailed: (error) => heard.failed.push(error),
  });
  return [lane, heard];
}

Deno.test("[IN2] input is typed once, acknowledged, and noted in the session", async () => {
  await using tmux = await PrivateTmux.open();
  const reader = await RawReader.start(tmux, "one");
  const [lane, heard] = await openLane(tmux);
  assertEquals(lane.write(0, bytesOf("hello")), { state: "taken", typed: true });
  assertEquals(lane.write(3, bytesOf("lo wor")), { state: "taken", typed: true }, "overlap");
  assertEquals(lane.write(0, bytesOf("hello")), { state: "taken", typed: false }, "nothing new");
  assertEquals(lane.write(10, bytesOf("!")), { state: "gap", expectedSeq: 9 });
  await waitFor(() => heard.acks.at(-1) === 9, { what: "the acknowledgement" });
  assertEquals(textOf(await reader.atLeast(9)), "hello wor");
  assertEquals((await readMarker(tmux, "one", "tab"))?.seq, 9);
});

Deno.test("[IN2] the next gateway goes on where this one ended", async () => {
  await using tmux = await PrivateTmux.open();
  const reader = await RawReader.start(tmux, "one");
  const [lane, heard] = await openLane(tmux);
  lane.write(0, bytesOf("abc"));
  await waitFor(() => heard.acks.at(-1) === 3, { what: "the acknowledgement" });
  lane.close();
  assertEquals(lane.write(3, bytesOf("x")), { state: "closed" });
  const [next] = await openLane(tmux);
  assertEquals(next.expectedSeq, 3);
  next.write(0, bytesOf("abcdef"));
  assertEquals(textOf(await reader.atLeast(6)), "abcdef");
  const [other] = await openLane(tmux, "other-tab");
  assertEquals(other.expectedSeq, 0, "each viewer has its own");
});

Deno.test("[IN5] a viewer that was forgotten begins at 0", async () => {
  await using tmux = await PrivateTmux.open();
  await RawReader.start(tmux, "one");
  const [lane, heard] = await openLane(tmux);
  lane.write(0, bytesOf("abc"));
  await waitFor(() => heard.acks.at(-1) === 3, { what: "the acknowledgement" });
  await lane.forget();
  assertEquals((await openLane(tmux))[0].expectedSeq, 0);
});

Deno.test("mouse and answers go to the tmux client, and count in seq", async () => {
  await using tmux = await PrivateTmux.open();
  const reader = await RawReader.start(tmux, "one");
  const [lane, heard] = await openLane(tmux);
  const mouse = "\x1b[<0;5;5M";
  assertEquals(lane.write(0, bytesOf(mouse)), { state: "taken", typed: false });
  lane.write(mouse.length, bytesOf("a\x1b[?1;2c"));
  await waitFor(() => heard.acks.at(-1) === mouse.length + 8, { what: "acknowledgements" });
  assertEquals(heard.client, [mouse]);
  assertEquals(textOf(await reader.atLeast(1)), "a");
});

Deno.test("[IN3] more than the window is refused until tmux has caught up", async () => {
  await using tmux = await PrivateTmux.open();
  const reader = await RawReader.start(tmux, "one");
  const [lane] = await openLane(tmux);
  assertEquals(lane.write(0, new Uint8Array(INPUT_QUEUE_BYTES + 1)), { state: "full" });
  const paste = bytesOf("0123456789abcde\r".repeat(1024));
  let seq = 0;
  while (seq < 100_000) {
    const write = lane.write(seq, paste);
    if (write.state === "taken") seq += paste.length;
    else assertEquals(write, { state: "full" });
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  const typed = await reader.atLeast(seq);
  assert(textOf(typed) === textOf(paste).repeat(seq / paste.length), "a paste arrives whole");
});

Deno.test("a lost connection to tmux loses and doubles nothing", async () => {
  await using tmux = await PrivateTmux.open();
  const reader = await RawReader.start(tmux, "one");
  const [lane, heard] = await openLane(tmux);
  let sent = "";
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < 40; i++) {
      const word = `${round}.${i} `;
      assertEquals(lane.write(sent.length, bytesOf(word)).state, "taken");
      sent += word;
      if (i === 20) {
        await tmux.killControlClient();
      }
    }
    await waitFor(() => heard.acks.at(-1) === sent.length, { what: "the acknowledgement" });
  }
  assertEquals(textOf(await reader.atLeast(sent.length)), sent);
  assertEquals(heard.failed, []);
});

Deno.test("a session that ended is told once", async () => {
  await using tmux = await PrivateTmux.open();
  await RawReader.start(tmux, "one");
  const [lane, heard] = await openLane(tmux);
  await tmux.commands.must(["kill-session", "-t", "=one"]);
  lane.write(0, bytesOf("a"));
  lane.write(1, bytesOf("b"));
  await waitFor(() => heard.failed.length > 0, { what: "the failure" });
  assertEquals(heard.failed.map(({ code }) => code), ["SESSION_NOT_FOUND"]);
  assertEquals(lane.write(2, bytesOf("c")), { state: "closed" });
  const error = await assertRejects(() => openLane(tmux), TmuxError);
  assertEquals(error.code, "SESSION_NOT_FOUND");
});

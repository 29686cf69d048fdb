import { assertEquals } from "@std/assert";
import type { HostId } from "@chatcode/protocol";
import { FakeClock } from "../../../kit/testing/fake_clock.ts";
import { waitFor } from "../../../kit/testing/wait_for.ts";
import { PlayedTransport } from "../../testing/played_uploads.ts";
import { MAX_FAILURES, Upload } from "./upload.ts";
import { MAX_UPLOADS, Uploads } from "./uploads.ts";
import { UploadError } from "./upload_transport.ts";

const place = { host: "box" as HostId };
const cut = (after: number) => ({ after, error: new UploadError("The way is cut", "cut") });

function open(text = "hello world") {
  const transport = new PlayedTransport();
  const clock = new FakeClock();
  const upload = new Upload(new Blob([text]), "a.txt", place, {
    transport,
    clock,
    random: () => 0.5,
  });
  const seen: string[] = [];
  upload.state.subscribe(({ state }) => seen.at(-1) !== state && seen.push(state));
  const state = () => upload.state.value;
  const until = (wanted: string) =>
    waitFor(() => state().state === wanted, { what: `an upload that is ${wanted}` });
  /** It waits to try again, and does. */
  const again = async () => {
    await waitFor(() => clock.pending === 1, { what: "a wait" });
    assertEquals(state().state, "stalled");
    await clock.advance(clock.nextMs ?? 0);
  };
  return { transport, clock, upload, seen, state, until, again };
}

Deno.test("a file is sent, its progress told, and its path known", async () => {
  const { transport, upload, state, seen } = open();
  await upload.run();
  assertEquals(state(), {
    state: "done",
    file: { path: "/home/ada/work/uploads/a.txt", name: "a.txt", size: 11 },
  });
  assertEquals(seen, ["sending", "done"]);
  assertEquals(new TextDecoder().decode(transport.arrived.get("up1")), "hello world");
});

Deno.test("after a cut it goes on from where it was, without a byte twice", async () => {
  const { transport, upload, state, again } = open();
  transport.faults = [cut(4), cut(0), cut(3)];
  const running = upload.run();
  for (let i = 0; i < 3; i++) {
    await again();
  }
  await running;
  assertEquals(state().state, "done");
  assertEquals(new TextDecoder().decode(transport.arrived.get("up1")), "hello world");
  assertEquals(transport.calls.filter((call) => call.startsWith("put")), [
    "put up1 0",
    "put up1 4",
    "put up1 4",
    "put up1 7",
  ]);
});

Deno.test("what the relay has forgotten is begun anew", async () => {
  const { transport, upload, state, until, again } = open();
  transport.faults = [cut(4)];
  const running = upload.run();
  await until("stalled");
  transport.arrived.clear();
  await again();
  await again();
  await running;
  assertEquals(state().state, "done");
  assertEquals(transport.calls.filter((call) => call.startsWith("create")).length, 2);
});

Deno.test("a refusal ends it at once, and a way that stays cut after some tries; both can be tried again", async () => {
  const { transport, upload, state, again } = open();
  transport.faults = Array.from({ length: MAX_FAILURES + 1 }, () => cut(0));
  const running = upload.run();
  for (let i = 0; i < MAX_FAILURES; i++) {
    await again();
  }
  await running;
  assertEquals(state(), { state: "failed", message: "The way is cut", again: true });
  transport.faults = [{ after: 2, error: new UploadError("The disk is full", "refused") }];
  await upload.run();
  assertEquals(state(), { state: "failed", message: "The disk is full", again: false });
  await upload.run();
  assertEquals(state().state, "done");
});

Deno.test("cancelled, it stops and what had arrived is taken away", async () => {
  const { transport, upload, state, until } = open();
  const { promise, resolve } = Promise.withResolvers<void>();
  transport.hold = promise;
  const running = upload.run();
  await until("sending");
  upload.cancel();
  resolve();
  await running;
  assertEquals([state().state, transport.cancelled], ["cancelled", ["up1"]]);

  const stalled = open();
  stalled.transport.faults = [cut(3)];
  const waiting = stalled.upload.run();
  await stalled.until("stalled");
  stalled.upload.cancel();
  await waiting;
  assertEquals(stalled.transport.cancelled, ["up1"]);
});

/** A file that only says how large it is. */
class Huge extends Blob {
  override get size(): number {
    return 8 * 1024 ** 3 + 1;
  }
}
/** A file that was moved away. */
class Gone extends Blob {
  override slice(): Blob {
    const gone = new Blob();
    gone.arrayBuffer = () => Promise.reject(new DOMException("gone", "NotReadableError"));
    return gone;
  }
}

for (
  const [what, file, words] of [
    ["too large", new Huge(["x"]), "Larger than 8 GB: that is too much for an upload"],
    ["gone", new Gone(["x"]), "The file was changed or moved: choose it again"],
  ] as const
) {
  Deno.test(`a file that is ${what} is told of, and not tried again and again`, async () => {
    const transport = new PlayedTransport();
    transport.faults = [cut(0)];
    const upload = new Upload(file, "a.bin", place, { transport, clock: new FakeClock() });
    await upload.run();
    assertEquals(upload.state.value, { state: "failed", message: words, again: false });
  });
}

Deno.test("an empty file is sent too", async () => {
  const { upload, state } = open("");
  await upload.run();
  assertEquals(state().state, "done");
});

Deno.test("a list sends two at a time, in order, and takes no more than fit", async () => {
  const transport = new PlayedTransport();
  const { promise, resolve } = Promise.withResolvers<void>();
  transport.hold = promise;
  const uploads = new Uploads(transport);
  const files = Array.from({ length: 25 }, (_, i) => new File(["x"], `${i}.txt`));
  assertEquals(uploads.add(files, place), 25 - MAX_UPLOADS);
  const states = () => uploads.rows.value.map(({ state }) => state.state);
  await waitFor(() => transport.calls.filter((call) => call.startsWith("put")).length === 2, {
    what: "two to be sent",
  });
  assertEquals(states().filter((state) => state === "sending").length, 2);
  uploads.remove(uploads.rows.value[2]!.id);
  resolve();
  await waitFor(() => states().every((state) => state === "done"), { what: "all of them" });
  assertEquals(uploads.rows.value.length, MAX_UPLOADS - 1);
  assertEquals(transport.calls.some((call) => call.includes(" 2.txt")), false);
  // Whole is whole: taking it off the list does not take the file away.
  uploads.remove(uploads.rows.value[0]!.id);
  const there = { path: "/home/ada/work/a.txt", name: "a.txt", size: 1 };
  uploads.attach(there);
  uploads.attach(there);
  assertEquals(uploads.paths().filter((path) => path === there.path).length, 1);
  uploads.close();
  assertEquals(transport.cancelled, []);
});

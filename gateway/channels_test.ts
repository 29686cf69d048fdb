import { assertEquals, assertRejects } from "@std/assert";
import { silentLog } from "@chatcode/kit";
import { type AttachParams, type Frame, ProtocolError } from "@chatcode/protocol";
import { Channels, MAX_VIEWERS } from "./channels.ts";
import type { Attachment } from "./pane/attachment.ts";
import type { RequestScope } from "./requests.ts";

const scope: RequestScope = {
  principal: "anna",
  idempotencyKey: undefined,
  signal: new AbortController().signal,
  afterAnswer: () => {},
};

function paramsOf(channel: number): AttachParams {
  return {
    host: "laptop",
    session: "one",
    channel,
    viewer: `viewer-${channel}-0123456789`,
    cols: 80,
    rows: 24,
    creditBytes: 0,
  } as unknown as AttachParams;
}

class Lab {
  readonly sent: Frame[] = [];
  readonly opening = Promise.withResolvers<Attachment>();
  readonly channels = new Channels({
    uplink: { send: (frame) => void this.sent.push(frame), sendOutput: () => true },
    log: silentLog,
    attach: () => this.opening.promise,
  });

  /** An attach that is under way; its outcome is a code. */
  attach(channel: number): Promise<string> {
    return assertRejects(() => this.channels.attach(paramsOf(channel), scope), ProtocolError)
      .then(({ code }) => code);
  }

  fail(code: "SESSION_NOT_FOUND"): void {
    this.opening.promise.catch(() => {}); // whoever attaches may come to it later
    this.opening.reject(new ProtocolError(code, "no"));
  }
}

Deno.test("[CH3] a channel that is being opened is in use, and free again when that fails", async () => {
  const lab = new Lab();
  const first = lab.attach(1);
  assertEquals(await lab.attach(1), "CHANNEL_IN_USE");
  assertEquals(lab.channels.size, 1);
  lab.fail("SESSION_NOT_FOUND");
  assertEquals([await first, lab.channels.size], ["SESSION_NOT_FOUND", 0]);
});

Deno.test("a host has at most two hundred connected viewers", async () => {
  const lab = new Lab();
  const under = Array.from({ length: MAX_VIEWERS }, (_, at) => lab.attach(at + 1));
  assertEquals(await lab.attach(MAX_VIEWERS + 1), "LIMIT_REACHED");
  lab.fail("SESSION_NOT_FOUND");
  await Promise.all(under);
});

Deno.test("[RL4] a channel detached while it is opened does not come to life", async () => {
  for (const how of ["keep", "forget", "uplink lost"]) {
    const lab = new Lab();
    let forgotten = 0;
    const attached = lab.attach(1);
    if (how === "uplink lost") lab.channels.unbindAll();
    else lab.channels.detach({ channel: 1 as never, keep: how === "keep" });
    assertEquals(lab.channels.size, 0);
    // Only what channels do with an attachment that nobody wants: bind() would be a TypeError.
    const unwanted = { forget: () => Promise.resolve(void forgotten++) };
    lab.opening.resolve(unwanted as unknown as Attachment);
    assertEquals([await attached, forgotten], ["CHANNEL_NOT_FOUND", how === "forget" ? 1 : 0]);
    assertEquals(lab.sent, []);
  }
});

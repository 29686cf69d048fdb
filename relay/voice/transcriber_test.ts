import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createLog } from "@chatcode/kit";
import { ProtocolError } from "@chatcode/protocol";
import { FakeClock } from "../../kit/testing/fake_clock.ts";
import { waitFor } from "../../kit/testing/wait_for.ts";
import type { VoiceConfig } from "./voice_config.ts";
import { openTranscriptionService } from "../testing/transcription_service.ts";
import { MAX_AUDIO_BYTES } from "./read_audio.ts";
import { TRANSCRIBE_DEADLINE_MS, Transcriber } from "./transcriber.ts";

function open(change: Partial<VoiceConfig> = {}) {
  const service = openTranscriptionService();
  const clock = new FakeClock(0);
  const lines: string[] = [];
  const log = createLog({ write: (line) => lines.push(line), verbose: true });
  const endpoint = { url: service.url, key: service.key, model: "whisper-1", language: null };
  const transcriber = new Transcriber({ ...endpoint, ...change }, { clock, log });
  return {
    service,
    clock,
    lines,
    transcriber,
    refused: (audio: ReadableStream<Uint8Array> | Blob = ogg(), mediaType = "audio/ogg") =>
      assertRejects(() => transcriber.transcribe(audio, { mediaType }), ProtocolError),
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

const ogg = (bytes = 100) => new Blob(["OggS", new Uint8Array(bytes - 4)]);

Deno.test("a recording goes out as multipart with file, model, language and key, and comes back as text", async () => {
  await using test = open({ language: "de" });
  const { service, transcriber } = test;
  const stream = ogg().stream();
  const said = await transcriber.transcribe(stream, { mediaType: "audio/ogg", name: "a.oga" });
  assertEquals(said, { text: "heard 100 bytes" });
  const [heard] = service.heard;
  assertEquals(heard, {
    fileName: "voice.ogg",
    bytes: await ogg().bytes(),
    model: "whisper-1",
    language: "de",
    format: "json",
  });
  assertEquals([service.faults, test.lines], [[], []]);
});

Deno.test("the endpoint's base may end in a slash", async () => {
  await using test = open();
  const { service, clock } = test;
  const endpoint = { url: new URL(`${service.url.href}/`), key: service.key, model: "whisper-1" };
  const other = new Transcriber({ ...endpoint, language: null }, { clock, log: createLog() });
  assertEquals((await other.transcribe(ogg(), { mediaType: "audio/ogg" })).text, "heard 100 bytes");
});

Deno.test("a wrong key, a wrong model and a wrong address are each told", async () => {
  await using wrongKey = open({ key: "sk-wrong" });
  const refused = await wrongKey.refused();
  assertEquals(refused.code, "UNAVAILABLE");
  assertStringIncludes(refused.message, "refuses the relay's key");
  assertStringIncludes(wrongKey.lines.join(), "voice.refused");
  assertEquals(wrongKey.lines.join().includes("sk-wrong"), false);

  await using wrongModel = open({ model: "nope" });
  assertStringIncludes((await wrongModel.refused()).message, "CHATCODE_STT_MODEL");

  await using nobody = open({ url: new URL("http://127.0.0.1:9/v1") });
  const unreachable = await nobody.refused();
  assertEquals(unreachable.code, "UNAVAILABLE");
  assertStringIncludes(unreachable.message, "cannot be reached");
});

Deno.test("the key is shown to no other place: redirects are not followed", async () => {
  await using test = open();
  const headers = { location: new URL("/elsewhere", test.service.url).href };
  test.service.answers.push(new Response(null, { status: 307, headers }));
  assertEquals((await test.refused()).code, "UNAVAILABLE");
  assertEquals(test.service.asked, 1);
});

for (
  const [status, headers, code, retryAfterMs] of [
    [400, {}, "INVALID_REQUEST", undefined],
    [413, {}, "PAYLOAD_TOO_LARGE", undefined],
    [429, { "retry-after": "7" }, "RATE_LIMITED", 7_000],
    [429, { "retry-after": "Thu, 01 Jan 1970 00:00:30 GMT" }, "RATE_LIMITED", 30_000],
    [429, { "retry-after": "99999999" }, "RATE_LIMITED", 3_600_000],
    [429, { "retry-after": "soon" }, "RATE_LIMITED", 5_000],
    [503, { "retry-after": "2" }, "UNAVAILABLE", 2_000],
    [500, {}, "UNAVAILABLE", undefined],
  ] as [number, Record<string, string>, string, number | undefined][]
) {
  Deno.test(`the endpoint's ${status} ${JSON.stringify(headers)} is told as ${code}`, async () => {
    await using test = open();
    test.service.answers.push(new Response("key=sk-secret", { status, headers }));
    const error = await test.refused();
    assertEquals([error.code, error.retryAfterMs], [code, retryAfterMs]);
    assertEquals(`${error.message}${test.lines}`.includes("sk-secret"), false);
  });
}

Deno.test("an answer that is no transcription is told", async () => {
  await using test = open();
  for (const body of ["<html>", "{}", '{"text":7}', `{"text":"${"x".repeat(600_000)}"}`]) {
    test.service.answers.push(new Response(body));
    assertStringIncludes((await test.refused()).message, "holds no text");
  }
});

Deno.test("a slow endpoint is given up after the deadline", async () => {
  await using test = open();
  const { promise, resolve } = Promise.withResolvers<Response>();
  test.service.answers.push(promise);
  const refused = test.refused();
  await waitFor(() => test.service.asked === 1, { what: "the request" });
  await test.clock.advance(TRANSCRIBE_DEADLINE_MS);
  const error = await refused;
  resolve(new Response());
  assertEquals(error.code, "TIMEOUT");
  assertStringIncludes(error.message, "within 60 s");
});

Deno.test("a client that sends slowly is given up too, and its stream cancelled", async () => {
  await using test = open();
  let cancelled = false;
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new Uint8Array(4)),
    cancel: () => void (cancelled = true),
  });
  const refused = test.refused(stream);
  await test.clock.advance(TRANSCRIBE_DEADLINE_MS);
  assertEquals((await refused).code, "TIMEOUT");
  assert(cancelled);
  assertEquals(test.service.asked, 0);
});

Deno.test("who gives up is not made to wait", async () => {
  await using test = open();
  const stop = new AbortController();
  const { promise, resolve } = Promise.withResolvers<Response>();
  test.service.answers.push(promise);
  const signal = stop.signal;
  const asked = test.transcriber.transcribe(ogg(), { mediaType: "audio/ogg", signal });
  await waitFor(() => test.service.asked === 1, { what: "the request" });
  stop.abort();
  await assertRejects(() => asked, DOMException);
  resolve(new Response());
});

Deno.test("empty, too large and not audio: refused before anybody is asked", async () => {
  await using test = open();
  assertEquals((await test.refused(new Blob())).code, "INVALID_REQUEST");
  assertEquals((await test.refused(ogg(), "text/html")).code, "INVALID_REQUEST");
  assertEquals((await test.refused(ogg(MAX_AUDIO_BYTES + 1))).code, "PAYLOAD_TOO_LARGE");
  let given = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      given += 1;
      controller.enqueue(new Uint8Array(1024 * 1024));
    },
  });
  assertEquals((await test.refused(endless)).code, "PAYLOAD_TOO_LARGE");
  assert(given < 30, `${given} MB were read`);
  assertEquals(test.service.asked, 0);
  const whole = await test.transcriber.transcribe(ogg(MAX_AUDIO_BYTES), { mediaType: "audio/ogg" });
  assertEquals(whole.text, `heard ${MAX_AUDIO_BYTES} bytes`);
});

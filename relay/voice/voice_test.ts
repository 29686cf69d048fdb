import { assertEquals, assertRejects } from "@std/assert";
import { silentLog } from "@chatcode/kit";
import { ProtocolError } from "@chatcode/protocol";
import { FakeClock } from "../../kit/testing/fake_clock.ts";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { openTranscriptionService } from "../testing/transcription_service.ts";
import { MAX_RECORDINGS, Voice } from "./voice.ts";

const ogg = () => new Blob(["OggS"]);
const recording = { mediaType: "audio/ogg" };

function open() {
  const service = openTranscriptionService();
  const clock = new FakeClock();
  const { url, key } = service;
  const endpoint = { url, key, model: "whisper-1", language: null };
  const voice = new Voice(endpoint, { clock, log: silentLog });
  const refused = (account = "acc_1") =>
    assertRejects(() => voice.transcribe(account, ogg(), recording), ProtocolError);
  return { service, clock, voice, refused, [Symbol.asyncDispose]: service[Symbol.asyncDispose] };
}

Deno.test("without an endpoint it says what is to be set", async () => {
  const voice = new Voice(null, { clock: new FakeClock(), log: silentLog });
  assertEquals(voice.isReady, false);
  const ask = () => voice.transcribe("acc_1", ogg(), recording);
  const error = await assertRejects(ask, ProtocolError, "CHATCODE_STT_URL");
  assertEquals(error.code, "UNAVAILABLE");
});

Deno.test("an account has its share, and others theirs", async () => {
  await using test = open();
  for (let i = 0; i < 20; i++) await test.voice.transcribe("acc_1", ogg(), recording);
  const limited = await test.refused();
  assertEquals([limited.code, limited.retryAfterMs], ["RATE_LIMITED", 6_000]);
  await test.voice.transcribe("acc_2", ogg(), recording);
  await test.clock.advance(6_000);
  await test.voice.transcribe("acc_1", ogg(), recording);
});

Deno.test("so many recordings are in memory at once, and not more", async () => {
  await using test = open();
  const { promise, resolve } = Promise.withResolvers<void>();
  const held = Array.from({ length: MAX_RECORDINGS }, () => {
    test.service.answers.push(promise.then(() => Response.json({ text: "late" })));
    return test.voice.transcribe("acc_1", ogg(), recording);
  });
  await waitFor(() => test.service.asked === MAX_RECORDINGS, { what: "all to be asked" });
  const busy = await test.refused();
  assertEquals([busy.code, busy.retryAfterMs], ["UNAVAILABLE", 3_000]);
  resolve();
  assertEquals((await Promise.all(held)).map(({ text }) => text), Array(4).fill("late"));
  await test.voice.transcribe("acc_1", ogg(), recording);
});

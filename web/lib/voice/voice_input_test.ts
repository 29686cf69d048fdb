import { assertEquals } from "@std/assert";
import { FakeClock } from "../../../kit/testing/fake_clock.ts";
import { loudness, RecorderError } from "./recorder.ts";
import {
  AWAY_PX,
  MAX_RECORDING_MS,
  TAP_MS,
  type Transcription,
  VoiceInput,
} from "./voice_input.ts";

/** An input whose microphone opens at once unless `asks` is set, then when the test lets it. */
function open() {
  const clock = new FakeClock();
  const texts: string[] = [];
  const calls: string[] = [];
  const test = {
    answers: [] as Transcription[],
    /** While set, the person is being asked. */
    asks: undefined as Promise<void> | undefined,
    transcribing: undefined as Promise<void> | undefined,
  };
  const input = new VoiceInput({
    clock,
    startRecorder: async () => {
      await test.asks;
      calls.push("start");
      return {
        level: () => 0.5,
        stop: () => {
          calls.push("stop");
          return Promise.resolve(new Blob(["audio"]));
        },
        cancel: () => void calls.push("cancel"),
      };
    },
    transcribe: async (audio) => {
      calls.push(`transcribe ${audio.size}`);
      await test.transcribing;
      return test.answers.shift() ?? { ok: true, text: "hello" };
    },
    onText: (text) => texts.push(text),
  });
  /** Lets what is under way go on. */
  const settle = (ms = 0) => clock.advance(ms);
  return Object.assign(test, {
    input,
    clock,
    texts,
    calls,
    settle,
    state: () => input.state.value,
  });
}

Deno.test("held and let go, it is transcribed", async () => {
  const { input, texts, calls, settle, state } = open();
  input.press();
  assertEquals(state(), { state: "opening", held: true });
  await settle(2_000);
  assertEquals([state().state, input.level()], ["recording", 0.5]);
  await settle(2_000);
  input.release();
  assertEquals([state().state, input.level()], ["transcribing", 0]);
  await settle();
  assertEquals([state().state, texts], ["idle", ["hello"]]);
  assertEquals(calls, ["start", "stop", "transcribe 5"]);
});

Deno.test("tapped, it goes on until tapped again", async () => {
  const { input, texts, settle, state } = open();
  input.press();
  await settle(TAP_MS - 1);
  input.release();
  await settle(60_000);
  const recording = state();
  assertEquals(recording.state === "recording" && recording.held, false);
  input.press();
  input.release();
  await settle();
  assertEquals(texts, ["hello"]);
});

Deno.test("slid away and let go, it is thrown away; slid back, it is not", async () => {
  const { input, texts, calls, settle, state } = open();
  input.press();
  await settle(1_000);
  input.slide(AWAY_PX + 1);
  const away = state();
  assertEquals(away.state === "recording" && away.away, true);
  input.release();
  await settle();
  assertEquals([state().state, calls], ["idle", ["start", "cancel"]]);
  input.press();
  await settle(1_000);
  input.slide(AWAY_PX + 1);
  input.slide(3);
  input.release();
  await settle();
  assertEquals(texts, ["hello"]);
});

Deno.test("let go while the person is asked for the microphone, it records until tapped", async () => {
  const test = open();
  const { promise, resolve } = Promise.withResolvers<void>();
  test.asks = promise;
  test.input.press();
  await test.settle(5_000);
  test.input.release();
  resolve();
  await test.settle();
  const recording = test.state();
  assertEquals(recording.state === "recording" && !recording.held, true);
});

Deno.test("cancelled while it opens, the microphone does not stay open", async () => {
  const test = open();
  const { promise, resolve } = Promise.withResolvers<void>();
  test.asks = promise;
  test.input.toggle();
  test.input.cancel();
  resolve();
  await test.settle();
  assertEquals([test.state().state, test.calls], ["idle", ["start", "cancel"]]);
});

Deno.test("what could not be transcribed is kept, sent again, or thrown away", async () => {
  const test = open();
  test.answers = [{ ok: false, message: "too busy" }, { ok: true, text: "at last" }];
  test.input.toggle();
  await test.settle(1_000);
  test.input.toggle();
  await test.settle();
  assertEquals(test.state(), { state: "failed", message: "too busy", again: true });
  await test.input.retry();
  assertEquals([test.state().state, test.texts], ["idle", ["at last"]]);
  test.answers = [{ ok: true, text: "" }];
  test.input.toggle();
  await test.settle(1_000);
  test.input.toggle();
  await test.settle();
  assertEquals(test.state(), { state: "failed", message: "No words were heard.", again: false });
});

Deno.test("a transcription that is given up changes nothing when it comes", async () => {
  const test = open();
  const { promise, resolve } = Promise.withResolvers<void>();
  test.transcribing = promise;
  test.input.toggle();
  await test.settle(1_000);
  test.input.toggle();
  await test.settle();
  test.input.cancel();
  resolve();
  await test.settle();
  assertEquals([test.state().state, test.texts], ["idle", []]);
});

Deno.test("it ends by itself after ten minutes, and a slip of the finger is nothing", async () => {
  const { input, texts, calls, settle, state } = open();
  input.toggle();
  await settle();
  await settle(MAX_RECORDING_MS);
  assertEquals(texts, ["hello"]);
  input.toggle();
  await settle(100);
  input.toggle();
  await settle();
  assertEquals([state().state, texts.length, calls.at(-1)], ["idle", 1, "cancel"]);
});

for (
  const trouble of ["refused", "missing", "busy", "insecure", "unsupported", "not-set-up"] as const
) {
  Deno.test(`a microphone that is ${trouble} is told of`, async () => {
    const input = new VoiceInput({
      startRecorder: () => Promise.reject(new RecorderError(trouble)),
      transcribe: () => Promise.resolve({ ok: true, text: "" }),
      onText: () => {},
    });
    input.toggle();
    await Promise.resolve();
    await Promise.resolve();
    const failed = input.state.value;
    assertEquals(failed.state === "failed" && failed.again, false);
    assertEquals(failed.state, "failed");
  });
}

Deno.test("loudness is 0 in silence and 1 when shouted at", () => {
  assertEquals(loudness(new Float32Array(512)), 0);
  assertEquals(loudness(new Float32Array(512).fill(1)), 1);
  const speech = loudness(Float32Array.from({ length: 512 }, (_, i) => 0.1 * Math.sin(i)));
  assertEquals(speech > 0.5 && speech < 1, true);
});

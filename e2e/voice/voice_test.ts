import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { openTranscriptionService } from "../../relay/testing/transcription_service.ts";
import { Relay } from "../harness/relay.ts";
import { ROOT } from "../harness/root.ts";
import { SignedInClient } from "../harness/signed_in_client.ts";

/** A relay with a transcription endpoint on this machine, and somebody signed in. */
async function open(options: { key?: string; endpoint?: boolean } = {}) {
  await using stack = new AsyncDisposableStack();
  const service = stack.use(openTranscriptionService());
  const data = await Deno.makeTempDir({ prefix: "cc-e2e-" });
  stack.defer(() => Deno.remove(data, { recursive: true }));
  await Deno.writeTextFile(`${data}/stt.key`, `${options.key ?? service.key}\n`);
  const flags = ["--stt-url", service.url.href, "--stt-key-file", `${data}/stt.key`, "--verbose"];
  const relay = stack.use(
    await Relay.start({ data, flags: options.endpoint === false ? [] : flags }),
  );
  const client = await SignedInClient.open(relay);
  const held = stack.move();
  return {
    service,
    relay,
    data,
    client,
    speak: async (body: BodyInit, type: string) => {
      const headers = { "content-type": type };
      const response = await client.ask("POST", "/api/voice", { body, headers });
      const answer = await response.json();
      return { status: response.status, answer, headers: response.headers };
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

const sample = (name: string) => Deno.readFile(new URL(`e2e/voice/samples/${name}`, ROOT));

Deno.test("[VO1] [VO2] Ogg, WebM and MP4 reach the endpoint whole and named as it wants; nothing of them is kept", async () => {
  await using test = await open();
  for (
    const [name, type, fileName] of [
      ["voice.ogg", "audio/ogg", "voice.ogg"],
      ["voice.webm", "audio/webm;codecs=opus", "voice.webm"],
      ["voice.mp4", "audio/mp4", "voice.m4a"],
    ] as const
  ) {
    const bytes = await sample(name);
    const { status, answer } = await test.speak(bytes, type);
    assertEquals([status, answer], [200, { text: `heard ${bytes.length} bytes` }]);
    const heard = test.service.heard.at(-1);
    assertEquals([heard?.fileName, heard?.model], [fileName, "whisper-1"]);
    assertEquals(heard?.bytes, bytes);
  }
  assertEquals(test.service.faults, []);
  const written = JSON.stringify(test.relay.child.lines);
  assertEquals(written.includes("heard"), false, "the log holds what was said");
  assertEquals(written.includes(test.service.key), false, "the log holds the key");
  for await (const { name } of Deno.readDir(test.data)) {
    const bytes = await Deno.readFile(`${test.data}/${name}`).catch(() => new Uint8Array());
    const text = new TextDecoder("latin1").decode(bytes);
    assert(!text.includes("OggS") && !text.includes("heard"), `${name} holds the recording`);
  }
});

Deno.test("a wrong key is told apart from a recording that nobody can read", async () => {
  await using test = await open({ key: "sk-wrong" });
  const wrongKey = await test.speak(await sample("voice.ogg"), "audio/ogg");
  assertEquals([wrongKey.status, wrongKey.answer.error.code], [503, "UNAVAILABLE"]);
  assertStringIncludes(wrongKey.answer.error.message, "CHATCODE_STT_KEY");
  assertEquals(JSON.stringify(wrongKey.answer).includes("sk-wrong"), false);

  await using right = await open();
  const broken = await right.speak("no audio at all", "audio/ogg");
  assertEquals([broken.status, broken.answer.error.code], [400, "INVALID_REQUEST"]);
  const strange = await right.speak("<svg/>", "image/svg+xml");
  assertEquals([strange.status, right.service.asked], [400, 1]);
});

Deno.test("[VO1] too large is refused by the relay or by the endpoint, and waits are passed on", async () => {
  await using test = await open();
  const huge = await test.speak(new Blob([new Uint8Array(20 * 1024 * 1024 + 1)]), "audio/ogg");
  assertEquals([huge.status, huge.answer.error.code], [413, "PAYLOAD_TOO_LARGE"]);
  assertStringIncludes(huge.answer.error.message, "20 MB");
  assertEquals(test.service.asked, 0);

  test.service.answers.push(new Response(null, { status: 413 }));
  const refused = await test.speak(await sample("voice.webm"), "audio/webm");
  assertEquals([refused.status, refused.answer.error.code], [413, "PAYLOAD_TOO_LARGE"]);

  test.service.answers.push(new Response(null, { status: 429, headers: { "retry-after": "12" } }));
  const later = await test.speak(await sample("voice.webm"), "audio/webm");
  assertEquals([later.status, later.headers.get("retry-after")], [429, "12"]);
  assertEquals(later.answer.error.retryAfterMs, 12_000);
});

Deno.test("other sites, forged requests and strangers get nothing transcribed", async () => {
  await using test = await open();
  const ogg = await sample("voice.ogg");
  const status = async (change: Record<string, string>) => {
    const headers = { "content-type": "audio/ogg", ...change };
    const response = await test.client.ask("POST", "/api/voice", { body: ogg, headers });
    await response.body?.cancel();
    return response.status;
  };
  assertEquals(await status({ origin: "https://evil.example" }), 403);
  assertEquals(await status({ "x-csrf-token": "x" }), 403);
  assertEquals(await status({ cookie: "" }), 401);
  assertEquals(test.service.asked, 0);
});

Deno.test("without an endpoint it is said what to set", async () => {
  await using test = await open({ endpoint: false });
  const { status, answer } = await test.speak(await sample("voice.ogg"), "audio/ogg");
  assertEquals([status, answer.error.code], [503, "UNAVAILABLE"]);
  assertStringIncludes(answer.error.message, "CHATCODE_STT_URL");
});

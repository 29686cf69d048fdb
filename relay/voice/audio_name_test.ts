import { assertEquals } from "@std/assert";
import { audioName } from "./audio_name.ts";

for (
  const [mediaType, name, expected] of [
    ["audio/ogg", "file_12.oga", "voice.ogg"],
    ["audio/webm;codecs=opus", undefined, "voice.webm"],
    ["Audio/MP4; codecs=mp4a.40.2", undefined, "voice.m4a"],
    ["audio/mpeg", "my secret plan.mp3", "voice.mp3"],
    ["application/octet-stream", "file_12.oga", "voice.ogg"],
    ["", "memo.M4A", "voice.m4a"],
    ["text/plain", "notes.txt", undefined],
    ["", undefined, undefined],
    ["image/png", "constructor", undefined],
    ["__proto__", ".constructor", undefined],
  ] as const
) {
  Deno.test(`a recording of type "${mediaType}" named ${name} is handed on as ${expected}`, () => {
    assertEquals(audioName(mediaType, name), expected);
  });
}

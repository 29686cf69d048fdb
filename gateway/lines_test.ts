import { assertEquals, assertRejects } from "@std/assert";
import { LineError, readLines } from "./lines.ts";

function streamOf(...chunks: string[]): ReadableStream<Uint8Array> {
  return ReadableStream.from(chunks).pipeThrough(new TextEncoderStream());
}

Deno.test("readLines() puts lines together however they come", async () => {
  const lines = await Array.fromAsync(readLines(streamOf("o", "ne\ntw", "o\n\n", "three"), 5));
  assertEquals(lines, ["one", "two", "three"]);
});

Deno.test("readLines() refuses a line over the bound, ended or not", async () => {
  for (const chunks of [["123456"], ["123", "456\n"], ["ok\n123456\n"]]) {
    await assertRejects(() => Array.fromAsync(readLines(streamOf(...chunks), 5)), LineError);
  }
});

const BUFFER_BYTES = 16 * 1024;

/**
 * What a process prints, through one small buffer: each piece is good until the next is asked for.
 * Reading in the usual way takes 64 KiB for every piece, however short, which the runtime gives
 * back long after: tens of megabytes for a gateway that is merely typed into.
 */
export async function* smallReads(
  reader: ReadableStreamBYOBReader,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let buffer = new ArrayBuffer(BUFFER_BYTES);
  for (;;) {
    const { done, value } = await reader.read(new Uint8Array(buffer));
    if (done) return;
    yield value;
    buffer = value.buffer;
  }
}

/** All that a process prints, as text. */
export async function readText(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of smallReads(stream.getReader({ mode: "byob" }))) {
    text += decoder.decode(bytes, { stream: true });
  }
  return text + decoder.decode();
}

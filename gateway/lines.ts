/** A line is longer than it may be. */
export class LineError extends Error {
  override readonly name = "LineError";
  constructor(readonly maxBytes: number) {
    super(`Cannot read a line: it is longer than ${maxBytes} bytes`);
  }
}

/**
 * The lines of a stream of bytes, without their ends, empty ones left out. Holds at most `maxBytes`.
 * @throws LineError as soon as a line is longer
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let parts: Uint8Array[] = [];
  let bytes = 0;
  const take = (last: Uint8Array) => {
    const whole = new Uint8Array(bytes + last.length);
    let at = 0;
    for (const part of [...parts, last]) {
      whole.set(part, at);
      at += part.length;
    }
    parts = [];
    bytes = 0;
    return decoder.decode(whole);
  };
  for await (const chunk of chunks) {
    let rest = chunk;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      if (bytes + end > maxBytes) throw new LineError(maxBytes);
      const line = take(rest.subarray(0, end));
      rest = rest.subarray(end + 1);
      if (line !== "") yield line;
    }
    parts.push(rest);
    bytes += rest.length;
    if (bytes > maxBytes) throw new LineError(maxBytes);
  }
  const line = take(new Uint8Array());
  if (line !== "") yield line;
}

/** What a connection brings until its other end closes. Its own stream would close our end, too. */
export async function* readChunks(connection: Deno.Conn): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(16 * 1024);
  for (;;) {
    const bytes = await connection.read(buffer);
    if (bytes === null) return;
    yield buffer.slice(0, bytes);
  }
}

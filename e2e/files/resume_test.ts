import { assert, assertEquals } from "@std/assert";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { content, digest, digestOfFile, FileSite, writeContent } from "./file_site.ts";

const SIZE = 96 * 1024 ** 2;
/** Slow enough to be cut in the middle. */
const PER_PIECE_MS = 10;

/** The file's bytes from `offset` on, not all at once. */
function bodyFrom(offset: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  const pieces = content(SIZE);
  return new ReadableStream({
    async pull(controller) {
      for (;;) {
        const { done, value } = pieces.next();
        if (done) return controller.close();
        const begin = Math.max(0, offset - at);
        at += value.length;
        if (begin >= value.length) continue;
        controller.enqueue(value.subarray(begin));
        await new Promise((resolve) => setTimeout(resolve, PER_PIECE_MS));
        return;
      }
    },
  }, { highWaterMark: 0 });
}

/** Sends from `offset` on. @returns the status, or undefined if the connection broke */
async function put(files: FileSite, upload: string, offset: number): Promise<Response | undefined> {
  const headers = { "upload-offset": String(offset) };
  return await files.api("PUT", upload, bodyFrom(offset), { headers }).catch(() => undefined);
}

async function knownOffset(files: FileSite, upload: string): Promise<number> {
  return await waitFor(
    async () => {
      const offset = await files.offset(upload).catch(() => undefined);
      return offset === undefined ? undefined : { offset };
    },
    { what: "the upload's offset", deadlineMs: 60_000 },
  ).then(({ offset }) => offset);
}

Deno.test("[FI6] [UP1] an upload goes on where it was after every kind of cut", async () => {
  await using files = await FileSite.start({ gatewayProxy: true });
  const { site } = files;
  const upload = await files.begin("resumed.bin", SIZE, "");
  const cuts: [string, () => Promise<void>][] = [
    ["the relay is killed", async () => {
      await site.relay.kill();
      await site.relay.startAgain();
    }],
    ["the gateway is killed", async () => {
      await site.gateway.kill();
      await site.gateway.startAgain();
    }],
    ["the connection between them is cut", () => {
      site.gatewayProxy?.cut();
      return Promise.resolve();
    }],
  ];
  let offset = 0;
  for (const [what, cut] of cuts) {
    const sending = put(files, upload, offset);
    const from = offset;
    await waitFor(async () => (await files.offset(upload) ?? 0) > from + 10_000_000, {
      what: "some of it to come",
      deadlineMs: 60_000,
    });
    await cut();
    const res = await sending;
    assert(res === undefined || !res.ok, `${what}: the sender is not told`);
    await res?.body?.cancel();
    offset = await knownOffset(files, upload);
    assert(offset > from, `${what}: nothing is kept`);
    console.log(`${what}: goes on at ${Math.round(offset / 1e6)} of ${Math.round(SIZE / 1e6)} MB`);
  }
  // A body from the wrong place is refused, with the right one.
  const wrong = await files.api("PUT", upload, new Uint8Array(10), {
    headers: { "upload-offset": "3" },
  });
  await wrong.body?.cancel();
  assertEquals([wrong.status, wrong.headers.get("upload-offset")], [409, String(offset)]);
  const done = await put(files, upload, offset);
  assertEquals(done?.status, 200);
  const { path, name } = await done!.json();
  assertEquals(name, "resumed.bin");
  assertEquals(await digestOfFile(path), await digest(content(SIZE)));
  // The last answer may be lost too: it is given again.
  const again = await files.api("PUT", upload, new Uint8Array(0), {
    headers: { "upload-offset": String(SIZE) },
  });
  assertEquals([again.status, (await again.json()).path], [200, path]);
});

Deno.test("[PV2] a download goes on by range after a cut", async () => {
  await using files = await FileSite.start();
  await writeContent(files.path("big.bin"), SIZE);
  const pieces: Uint8Array[] = [];
  let length = 0;
  let tag = "";
  const read = async (limit: number) => {
    const { url } = await files.link("big.bin");
    const res = await fetch(`${url}?download`, {
      headers: length === 0 ? {} : { range: `bytes=${length}-`, "if-range": tag },
    });
    assertEquals(res.status, length === 0 ? 200 : 206);
    tag = res.headers.get("etag") ?? "";
    try {
      for await (const piece of res.body!) {
        pieces.push(piece);
        length += piece.length;
        if (length >= limit) break;
        await new Promise((resolve) => setTimeout(resolve, 1)); // slow enough to be cut
      }
    } catch {
      // The relay was killed.
    }
  };
  await read(SIZE / 3);
  const from = length;
  const cutting = read(SIZE);
  await waitFor(() => length > from + 5_000_000, { what: "more of it" });
  await files.site.relay.kill();
  await cutting;
  await files.site.relay.startAgain();
  await using client = await files.site.client();
  const { url } = await files.link("big.bin", client);
  const rest = await fetch(`${url}?download`, {
    headers: { range: `bytes=${length}-`, "if-range": tag },
  });
  assertEquals(rest.status, length < SIZE ? 206 : 416);
  if (rest.status === 206) { for await (const piece of rest.body!) pieces.push(piece); }
  else await rest.body?.cancel();
  assertEquals(await digest(pieces), await digest(content(SIZE)));
});

Deno.test("[FI5] a file that is written anew while it is sent is not passed off as whole", async () => {
  await using files = await FileSite.start();
  await writeContent(files.path("big.bin"), SIZE);
  const { url } = await files.link("big.bin");
  const res = await fetch(`${url}?download`);
  const reader = res.body!.getReader();
  await reader.read();
  await Deno.truncate(files.path("big.bin"), 1_000);
  let failed = false;
  try {
    while (!(await reader.read()).done);
  } catch {
    failed = true;
  }
  assert(failed, "the download ended as if it were whole");
});

import { assertEquals, assertRejects } from "@std/assert";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { CutProxy } from "./cut_proxy.ts";

function openEcho(): { port: number } & AsyncDisposable {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const work = (async () => {
    const echoes: Promise<void>[] = [];
    for await (const conn of listener) {
      echoes.push(conn.readable.pipeTo(conn.writable).catch(() => {}));
    }
    await Promise.all(echoes);
  })();
  return {
    port: listener.addr.port,
    async [Symbol.asyncDispose]() {
      listener.close();
      await work;
    },
  };
}

async function roundTrip(conn: Deno.Conn, text: string): Promise<string> {
  await conn.write(new TextEncoder().encode(text));
  const buffer = new Uint8Array(100);
  const read = await conn.read(buffer);
  return new TextDecoder().decode(buffer.subarray(0, read ?? 0));
}

Deno.test("a CutProxy passes bytes on until it is cut, and takes new connections after", async () => {
  await using echo = openEcho();
  await using proxy = CutProxy.start(echo.port);
  using first = await Deno.connect({ hostname: "127.0.0.1", port: proxy.port });
  assertEquals(await roundTrip(first, "one"), "one");
  proxy.cut();
  await assertRejects(async () => {
    while ((await first.read(new Uint8Array(1))) !== null);
    throw new Error("ended");
  });
  using second = await Deno.connect({ hostname: "127.0.0.1", port: proxy.port });
  assertEquals(await roundTrip(second, "two"), "two");
});

Deno.test("a paused CutProxy delivers nothing until it is resumed", async () => {
  await using echo = openEcho();
  await using proxy = CutProxy.start(echo.port);
  using conn = await Deno.connect({ hostname: "127.0.0.1", port: proxy.port });
  assertEquals(await roundTrip(conn, "one"), "one");
  proxy.pause();
  let answer: string | undefined;
  const asked = roundTrip(conn, "two").then((text) => answer = text);
  const started = performance.now();
  await waitFor(() => performance.now() - started > 100, { what: "a tenth of a second" });
  assertEquals(answer, undefined);
  proxy.resume();
  assertEquals(await asked, "two");
});

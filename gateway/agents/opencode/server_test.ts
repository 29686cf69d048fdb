import { assertEquals } from "@std/assert";
import { silentLog } from "@chatcode/kit";
import { waitFor } from "../../../kit/testing/wait_for.ts";
import type { HookNews } from "../hook_news.ts";
import { OpenCodeServer } from "./server.ts";

const ASKED = {
  type: "permission.asked",
  properties: {
    id: "per_1",
    sessionID: "ses_1",
    permission: "bash",
    patterns: ["touch a"],
    metadata: { command: "touch a" },
  },
};
const PASSWORD = "opencode-secret";

Deno.test("a request that OpenCode forgot while it started is asked anew", async () => {
  const asked: string[] = [];
  const leaving = new AbortController();
  const answer = async ({ url, headers }: Request): Promise<Response> => {
    const { pathname } = new URL(url);
    asked.push(pathname);
    assertEquals(headers.get("authorization"), `Basic ${btoa(`opencode:${PASSWORD}`)}`);
    if (pathname === "/permission") return Response.json([]);
    if (asked.length === 1) {
      await new Promise((resolve) => leaving.signal.addEventListener("abort", resolve));
    }
    const body = new ReadableStream({
      start(stream) {
        stream.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(ASKED)}\n\n`));
        leaving.signal.addEventListener("abort", () => stream.close());
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
  const news: HookNews[] = [];
  const openCode = new OpenCodeServer({
    port: server.addr.port,
    password: PASSWORD,
    log: silentLog,
    onNews: (each) => void news.push(each),
  });
  try {
    await waitFor(() => news.length > 0, { what: "the approval", deadlineMs: 60_000 });
    assertEquals(asked, ["/event", "/event", "/permission"]);
    assertEquals(news.map(({ kind }) => kind), ["approval-asked"]);
  } finally {
    await openCode[Symbol.asyncDispose]();
    leaving.abort();
  }
});

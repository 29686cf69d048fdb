import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { GrammyError, HttpError, InputFile } from "grammy";
import { createLog } from "@chatcode/kit";
import { callFailure, openBotApi } from "./bot_api.ts";

const TOKEN = "1234:secret_half-of-it";

function served(answer: (req: Request) => Response | Promise<Response>) {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, answer);
  const bot = openBotApi({ token: TOKEN, apiRoot: `http://127.0.0.1:${server.addr.port}` });
  return { bot, [Symbol.asyncDispose]: () => server.shutdown() };
}

/** Everything that a log or a person could come to see of it. */
function told(error: unknown): string {
  const lines: string[] = [];
  createLog({ verbose: true, write: (line) => lines.push(line) }).error("failed", { error });
  return lines.join("") + Deno.inspect(error, { depth: 20, showHidden: true });
}

Deno.test("calls go out as JSON, files as a form", async () => {
  const seen: string[] = [];
  await using stand = await served(async (req) => {
    const path = new URL(req.url).pathname;
    const form = (req.headers.get("content-type") ?? "").startsWith("multipart/");
    const file = form ? (await req.formData()).values().find((part) => part instanceof File) : null;
    seen.push(`${path} ${file ? `${file.name} ${await file.text()}` : await req.text()}`);
    return Response.json({ ok: true, result: true });
  });
  await stand.bot.api.sendChatAction(5, "typing");
  await stand.bot.api.sendDocument(5, new InputFile(new TextEncoder().encode("# long"), "a.md"));
  assertEquals(stand.bot.botId, 1234);
  assertEquals(seen, [
    `/bot${TOKEN}/sendChatAction {"chat_id":5,"action":"typing"}`,
    `/bot${TOKEN}/sendDocument a.md # long`,
  ]);
});

Deno.test("no error tells the token, be it refused, broken off or out of reach", async () => {
  const refusing = await served(() =>
    Response.json({ ok: false, error_code: 401, description: "Unauthorized" }, { status: 401 })
  );
  const refused = await assertRejects(() => refusing.bot.api.getMe(), GrammyError);
  await assertRejects(
    () => refusing.bot.download("voice/a.oga", AbortSignal.timeout(5_000)),
    Error,
    "it answered 401",
  );
  await refusing[Symbol.asyncDispose]();
  const lost = await assertRejects(() => refusing.bot.api.getMe(), HttpError);
  const unfetched = await assertRejects(() =>
    refusing.bot.download("voice/a.oga", AbortSignal.timeout(5_000))
  );
  assertEquals(callFailure(refused), "getMe: 401 Unauthorized");
  assertStringIncludes(callFailure(lost), "Network request for 'getMe' failed! ");
  assertStringIncludes(callFailure(lost), "/bot1234:…/getMe"); // that it was there at all
  for (const error of [refused, lost, unfetched]) {
    assertEquals(told(error).includes("secret_half"), false, told(error));
  }
});

Deno.test("a call can be given up", async () => {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const { promise: over, resolve: end } = Promise.withResolvers<Response>();
  await using stand = await served(() => {
    resolve();
    return over;
  });
  const stop = new AbortController();
  const call = stand.bot.api.getUpdates({ timeout: 30 }, stop.signal as never);
  await asked;
  stop.abort();
  await assertRejects(() => call);
  end(new Response());
});

Deno.test("a file comes as a stream, its path put into the URL part by part", async () => {
  await using stand = await served((req) => new Response(new URL(req.url).pathname));
  const stream = await stand.bot.download("documents/a b?.txt", AbortSignal.timeout(5_000));
  assertEquals(await new Response(stream).text(), `/file/bot${TOKEN}/documents/a%20b%3F.txt`);
});

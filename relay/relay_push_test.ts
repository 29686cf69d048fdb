import { assertEquals } from "@std/assert";
import { silentLog } from "@chatcode/kit";
import { sessionId } from "@chatcode/protocol";
import { runAdmin } from "./admin/mod.ts";
import { parseCommand } from "./config.ts";
import { startRelay } from "./relay.ts";
import { hostHeaders, hostHello, operatorHello, testSession } from "./testing/open_sockets.ts";
import { Peer } from "./testing/peer.ts";
import { openPushService } from "./testing/push_service.ts";
import type { WebServices } from "./web_services.ts";

async function signInToken(data: string): Promise<string> {
  const command = parseCommand(["admin", "sign-in-link", "--json", "--data", data], {});
  if (command.command !== "admin") throw new Error("Not an admin command");
  const { text } = await runAdmin(command.admin, command);
  return new URL(JSON.parse(text).url).hash.slice(1);
}

Deno.test("[PN1] [US1] what a machine tells reaches a subscribed browser and the usage page", async () => {
  const data = await Deno.makeTempDir();
  await using stack = new AsyncDisposableStack();
  stack.defer(() => Deno.remove(data, { recursive: true }));
  const service = stack.use(await openPushService());
  const command = parseCommand(["--port", "0", "--data", data, "--allow-loopback-push"], {});
  if (command.command !== "serve") throw new Error("Not a serve command");
  const { promise, resolve } = Promise.withResolvers<WebServices>();
  const relay = stack.use(
    await startRelay(command.config, {
      log: silentLog,
      mountWeb: (services) => {
        resolve(services);
        return Promise.resolve(() => new Response("Not found", { status: 404 }));
      },
    }),
  );
  const services = await promise;

  const visit = (headers: Record<string, string> = {}) => ({
    req: new Request(relay.publicUrl, { headers }),
    info: { remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 1 } as const },
  });
  const outcome = await services.signIn.signIn(visit(), await signInToken(data));
  if (outcome.state !== "signed-in") throw new Error(outcome.why);
  const principal = await services.signIn.principal(
    visit({ cookie: outcome.cookie.split(";")[0]! }),
  );
  if (!principal) throw new Error("Not signed in");
  await services.push.subscribe(visit(), principal, service.target());

  const box = await services.hosts.add(visit(), principal, "box");
  const url = `ws://127.0.0.1:${relay.port}/gw/connect`;
  using host = await Peer.dial(url, hostHeaders(box));
  host.send(hostHello([testSession(box.id)]));
  await host.next("hello-ok");
  const tell = (outbox: number, turn: Record<string, unknown>) => {
    const payload = {
      host: box.id,
      session: sessionId.parse("s_1"),
      agent: "gemini",
      conversation: "c_1",
      turn: { rev: 0, atMs: Date.now(), ...turn },
      outbox,
    };
    host.send({ type: "event", event: "turn", payload, seq: outbox, stateVersion: 0 });
  };
  const usage = { model: "m", input: 1, cachedInput: 0, output: 7 };
  tell(1, { kind: "usage", id: "u1", usage });
  tell(2, { kind: "final", id: "t1", text: "The build is green." });
  await host.next("turn-ack", (ack) => ack.outbox === 2);
  const { message } = await service.next();
  assertEquals(
    message.type === "note" &&
      [message.kind, message.machine, message.session, message.url, message.text],
    ["done", "box", "s_1", `/s/${box.id}/s_1`, "The build is green."],
  );

  // Whoever looks at the conversation is not told; told again is who has looked away.
  using client = await Peer.dial(`ws://127.0.0.1:${relay.port}/ws`, {
    cookie: outcome.cookie.split(";")[0]!,
    origin: relay.publicUrl.origin,
  });
  client.send(operatorHello);
  await client.next("hello-ok");
  const looks = async (foreground: boolean) =>
    await client.ask({
      method: "sessions.focus",
      params: { host: box.id, session: "s_1", foreground },
    });
  await looks(true);
  assertEquals((await service.next()).message.type, "withdraw");
  tell(3, { kind: "prompt", id: "t2", text: "Again" });
  tell(4, { kind: "final", id: "t3", text: "Seen on the page." });
  await host.next("turn-ack", (ack) => ack.outbox === 4);
  await looks(false);
  tell(5, { kind: "prompt", id: "t4", text: "And again" });
  tell(6, { kind: "final", id: "t5", text: "Seen by nobody." });
  const { message: next } = await service.next();
  assertEquals(next.type === "note" && next.text, "Seen by nobody.");

  const day = new Date().toISOString().slice(0, 10);
  const { rows } = await services.usage.query(principal, { from: day, to: day });
  assertEquals(rows.map((row) => [row.agent, row.output]), [["gemini", 7]]);
});

import { assertEquals, assertRejects } from "@std/assert";
import { ProtocolError, sessionId } from "@chatcode/protocol";
import { openSockets, testSession } from "./testing/open_sockets.ts";

const session = sessionId.parse("s_1");

async function openPair() {
  const relay = await openSockets();
  const credentials = await relay.registerHost();
  const host = await relay.host(credentials, [testSession(credentials.id)]);
  const principal = async (role: "owner" | "viewer" = "owner") => {
    const { token } = await relay.apiToken(role);
    const headers = new Headers({ authorization: `Bearer ${token}` });
    const check = await relay.auth.authenticate(headers);
    if (check.state !== "ok") throw new Error("The token must be good");
    return check.principal;
  };
  return {
    ...relay,
    host,
    id: credentials.id,
    principal,
    [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose](),
  };
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => work, ProtocolError)).code;
}

Deno.test("[RL3] a call is made in the principal's name and gives the machine's answer", async () => {
  await using pair = await openPair();
  const { operations, host, id } = pair;
  const calling = operations.call(await pair.principal(), "sessions.rename", {
    host: id,
    session,
    title: "new",
  }, { idempotencyKey: "key-00001" });
  const req = await host.next("req");
  assertEquals([req.method, req.principal, req.idempotencyKey], [
    "sessions.rename",
    pair.account.id,
    "key-00001",
  ]);
  const renamed = { ...testSession(id), title: "new" };
  host.send({ type: "res", id: req.id, ok: true, payload: { session: renamed } });
  assertEquals((await calling).session.title, "new");
});

Deno.test("[RQ4] long work tells first that it is accepted", async () => {
  await using pair = await openPair();
  const { operations, host, id } = pair;
  const accepted = Promise.withResolvers<void>();
  const calling = operations.call(await pair.principal(), "prompts.send", {
    host: id,
    session,
    text: "hello",
  }, { idempotencyKey: "key-00002", onAccepted: accepted.resolve });
  const req = await host.next("req");
  host.send({ type: "res", id: req.id, ok: true, accepted: true });
  await accepted.promise;
  host.send({ type: "res", id: req.id, ok: true, payload: { outcome: "queued", changes: [] } });
  assertEquals((await calling).outcome, "queued");
});

Deno.test("[RL1] what cannot be asked, and what the machine refuses, has its code", async () => {
  await using pair = await openPair();
  const { operations, host, id } = pair;
  const owner = await pair.principal();
  const viewer = await pair.principal("viewer");
  const nobody = { ...owner, hosts: [] };
  const end = (who: typeof owner) =>
    operations.call(who, "sessions.end", { host: id, session }, { idempotencyKey: "key-00003" });
  assertEquals(await codeOf(end(viewer)), "FORBIDDEN");
  assertEquals(await codeOf(end(nobody)), "HOST_NOT_FOUND");
  assertEquals([operations.hosts(nobody), operations.sessions(nobody)], [[], []]);
  assertEquals(operations.sessions(viewer).map(({ id }) => id), [session]);
  const offline = await pair.registerHost("other");
  assertEquals(
    await codeOf(operations.call(owner, "hosts.ping", { host: offline.id })),
    "HOST_OFFLINE",
  );
  const refused = end(owner);
  const req = await host.next("req");
  const error = new ProtocolError("SESSION_NOT_FOUND", "No such session").toWire();
  host.send({ type: "res", id: req.id, ok: false, error });
  assertEquals(await codeOf(refused), "SESSION_NOT_FOUND");
});

Deno.test("an answer that is not valid is not passed on", async () => {
  await using pair = await openPair();
  const { operations, host, id } = pair;
  const calling = operations.call(await pair.principal(), "sessions.list", { host: id });
  const req = await host.next("req");
  host.send({ type: "res", id: req.id, ok: true, payload: { sessions: "all" } });
  assertEquals(await codeOf(calling), "INTERNAL");
});

Deno.test("a call that nobody waits for any more ends with the signal's reason", async () => {
  await using pair = await openPair();
  const { operations, host, id } = pair;
  const waiting = new AbortController();
  const { signal } = waiting;
  const calling = operations.call(await pair.principal(), "hosts.ping", { host: id }, { signal });
  await host.next("req");
  waiting.abort(new Error("enough"));
  await assertRejects(() => calling, Error, "enough");
});

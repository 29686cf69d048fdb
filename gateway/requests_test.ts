import { assertEquals, assertStringIncludes } from "@std/assert";
import { createLog } from "@chatcode/kit";
import type { HostId, ReqFrame, ResFrame } from "@chatcode/protocol";
import { type HostMethods, Requests, type RequestScope } from "./requests.ts";

const HOST = "laptop" as HostId;

class Lab {
  readonly logged: string[] = [];
  readonly sent: ResFrame[] = [];
  readonly requests: Requests;

  constructor(methods: Partial<HostMethods>) {
    const log = createLog({ write: (line) => void this.logged.push(line) });
    this.requests = new Requests({ hostId: HOST, methods, log });
  }

  async ask(method: string, params: Record<string, unknown>, more: Partial<ReqFrame> = {}) {
    await this.requests.answer(
      { type: "req", id: "1", method, params, ...more },
      {
        signal: new AbortController().signal,
        principal: "local",
        respond: (frame) => void this.sent.push(frame),
      },
    );
    const last = this.sent.at(-1);
    return last?.ok === false ? last.error : last;
  }
}

Deno.test("[RQ2] unknown methods and wrong params have codes of their own", async () => {
  const lab = new Lab({ "folders.list": () => Promise.reject(new Error("not reached")) });
  for (const method of ["nonsense", "hosts.list", "sessions.list", "toString"]) {
    const error = await lab.ask(method, {});
    assertEquals(error && "code" in error && error.code, "UNKNOWN_METHOD", method);
  }
  const error = await lab.ask("folders.list", { host: HOST, path: 7 });
  assertEquals(error && "code" in error && error.code, "INVALID_REQUEST");
  assertStringIncludes(JSON.stringify(error), "path");
});

Deno.test("[MH1] requests for another host are refused", async () => {
  const lab = new Lab({ "hosts.ping": () => Promise.resolve({}) });
  const error = await lab.ask("hosts.ping", { host: "another" });
  assertEquals(error && "code" in error && error.code, "HOST_NOT_FOUND");
  assertEquals(await lab.ask("hosts.ping", { host: HOST }), {
    type: "res",
    id: "1",
    ok: true,
    payload: {},
  });
});

Deno.test("[RQ5] what changes something needs a key, and acts once a principal", async () => {
  const acted: string[] = [];
  const lab = new Lab({
    "sessions.end": (_params, { principal }) => {
      acted.push(principal);
      return Promise.resolve({});
    },
  });
  const params = { host: HOST, session: "one" };
  const error = await lab.ask("sessions.end", params);
  assertEquals(error && "code" in error && error.code, "INVALID_REQUEST");
  const idempotencyKey = "key-00001";
  await lab.ask("sessions.end", params, { idempotencyKey });
  await lab.ask("sessions.end", params, { idempotencyKey });
  await lab.ask("sessions.end", params, { idempotencyKey, principal: "anna" });
  assertEquals(acted, ["local", "anna"]);
  const conflict = await lab.ask("sessions.end", { ...params, session: "two" }, { idempotencyKey });
  assertEquals(conflict && "code" in conflict && conflict.code, "CONFLICT");
});

Deno.test("[RQ4] long work is accepted first and answered later", async () => {
  const lab = new Lab({ "sessions.wait": () => Promise.resolve({}) });
  await lab.ask("sessions.wait", { host: HOST, session: "one", timeoutMs: 1 });
  assertEquals(lab.sent, [
    { type: "res", id: "1", ok: true, accepted: true },
    { type: "res", id: "1", ok: true, payload: {} },
  ]);
});

Deno.test("[AT1] what belongs after an answer runs after it", async () => {
  const order: string[] = [];
  const lab = new Lab({
    "hosts.ping": (_params, scope: RequestScope) => {
      scope.afterAnswer(() => order.push(`after ${lab.sent.length}`));
      return Promise.resolve({});
    },
  });
  await lab.ask("hosts.ping", { host: HOST });
  assertEquals(order, ["after 1"]);
});

Deno.test("what goes wrong inside is logged, and the peer learns nothing of it", async () => {
  const lab = new Lab({ "hosts.ping": () => Promise.reject(new Error("a path, a name")) });
  const error = await lab.ask("hosts.ping", { host: HOST });
  assertEquals(error && "code" in error && error.code, "INTERNAL");
  assertEquals(JSON.stringify(error).includes("a path"), false);
  assertStringIncludes(lab.logged.join(), "a path, a name");
});

Deno.test("[RQ6] too many requests at once are refused", async () => {
  const { promise, resolve } = Promise.withResolvers<Record<string, never>>();
  const lab = new Lab({ "hosts.ping": () => promise });
  const waiting = Array.from({ length: 1_024 }, () => lab.ask("hosts.ping", { host: HOST }));
  const error = await lab.ask("hosts.ping", { host: HOST });
  assertEquals(error && "code" in error && error.code, "LIMIT_REACHED");
  resolve({});
  await Promise.all(waiting);
});

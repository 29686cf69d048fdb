import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createLog, type Log, LOG_LINE_MAX, type LogFields, type LogOptions } from "./log.ts";

function recorder(options: LogOptions = {}): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const log = createLog({ now: () => 0, write: (line) => lines.push(line), ...options });
  return { log, lines };
}

function written(fields: LogFields): Record<string, unknown> {
  const { log, lines } = recorder();
  log.info("test", fields);
  assertEquals(lines.length, 1);
  return JSON.parse(lines[0] ?? "");
}

Deno.test("a line is one JSON object: time, level, event, then fields", () => {
  const { log, lines } = recorder();
  log.warn("lease.lost", { host: "h1", heldMs: 12, absent: undefined });
  assertEquals(lines, [
    '{"time":"1970-01-01T00:00:00.000Z","level":"warn","event":"lease.lost","host":"h1","heldMs":12}\n',
  ]);
});

Deno.test("debug lines are written only when verbose", () => {
  for (const verbose of [false, true]) {
    const { log, lines } = recorder({ verbose });
    log.debug("test");
    assertEquals(lines.length, verbose ? 1 : 0);
  }
});

Deno.test("a child's lines carry its ids, and a field may not stand in for the event", () => {
  const { log, lines } = recorder({ fields: { room: "relay" } });
  log.child({ host: "h1" }).child({ channel: 3 }).error("test", { event: "fake", level: "none" });
  assertEquals(JSON.parse(lines[0] ?? ""), {
    time: "1970-01-01T00:00:00.000Z",
    level: "error",
    event: "test",
    room: "relay",
    host: "h1",
    channel: 3,
    event_: "fake",
    level_: "none",
  });
});

Deno.test("secrets are left out at any depth; counts of tokens are not secrets", () => {
  const fields = written({
    token: "s3",
    gatewayAuthToken: ["s3"],
    headers: { Authorization: "Bearer s3", "set-cookie": "s3", accept: "*/*" },
    inputTokens: 12,
    csrfToken: { value: "s3" },
  });
  assertEquals(fields.headers, {
    Authorization: "[redacted]",
    "set-cookie": "[redacted]",
    accept: "*/*",
  });
  assertEquals(fields.inputTokens, 12);
  assert(!JSON.stringify(fields).includes("s3"));
});

Deno.test("bytes are counted, never written", () => {
  assertEquals(written({ bytes: new TextEncoder().encode("typed") }).bytes, "[5 bytes]");
});

Deno.test("long values are cut, and a line that stays too long loses its fields", () => {
  assertStringIncludes(String(written({ text: "x".repeat(5000) }).text), "… (2952 more)");
  assertEquals((written({ list: Array(60).fill(1) }).list as unknown[]).at(-1), "[10 more]");
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [i, "x".repeat(1000)]));
  const cut = written(many);
  assertEquals(Object.keys(cut), ["time", "level", "event", "cut"]);
  assert(Number(cut.cut) > LOG_LINE_MAX);
});

Deno.test("an error is written with its code and cause", () => {
  const error = Object.assign(new Error("outer", { cause: new TypeError("inner") }), { code: "X" });
  const plain = written({ error }).error as Record<string, unknown>;
  assertEquals([plain.name, plain.message, plain.code], ["Error", "outer", "X"]);
  assertStringIncludes(JSON.stringify(plain.cause), "inner");
});

Deno.test("nothing that is logged, and no writer, makes it throw", () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  const odd = {
    circle,
    big: 1n,
    nan: NaN,
    nil: null,
    fn: () => {},
    map: new Map([["a", 1]]),
    get broken(): string {
      throw new Error("no");
    },
    revoked: revoked(),
  };
  const fields = written({ odd, date: new Date(0) });
  assertEquals((fields.odd as Record<string, unknown>).broken, "[unreadable]");
  assertEquals(fields.date, "1970-01-01T00:00:00.000Z");
  createLog({
    write() {
      throw new Error("pipe closed");
    },
  }).error("test");
});

Deno.test("pretty text cannot steer the terminal", () => {
  const { log, lines } = recorder({ pretty: true });
  log.info("test", { title: "\x1b]0;owned\x07" });
  assertEquals(lines, ['00:00:00.000 INFO  test title="\\u001b]0;owned\\u0007"\n']);
});

Deno.test("the default writer reaches the process's own output as JSON lines", async () => {
  const code = `import { createLog } from "${import.meta.resolve("./log.ts")}";
    createLog().info("out"); createLog({ to: "stderr" }).info("err");`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", code],
  }).output();
  const event = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)).event;
  assertEquals([event(stdout), event(stderr)], ["out", "err"]);
});

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

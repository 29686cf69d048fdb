import { assertEquals } from "@std/assert";
import { FakeClock } from "../../kit/testing/fake_clock.ts";
import { RateLimit } from "./rate_limit.ts";

function open(options: { globalBurst?: number; maxKeys?: number } = {}) {
  const clock = new FakeClock();
  const rules = {
    perClient: { try: { burst: 2, refillMs: 1_000 } },
    global: { burst: options.globalBurst ?? 100, refillMs: 100 },
  };
  const { maxKeys = 10 } = options;
  return { clock, limit: new RateLimit(rules, { clock, maxKeys }) };
}

Deno.test("after its burst a client waits, and is told how long", async () => {
  const { clock, limit } = open();
  assertEquals(limit.take("try", "192.0.2.1").state, "ok");
  assertEquals(limit.take("try", "192.0.2.1").state, "ok");
  assertEquals(limit.take("try", "192.0.2.1"), { state: "limited", retryAfterMs: 1_000 });
  assertEquals(limit.take("try", "192.0.2.2").state, "ok", "others are not concerned");
  await clock.advance(400);
  assertEquals(limit.take("try", "192.0.2.1"), { state: "limited", retryAfterMs: 600 });
  await clock.advance(600);
  assertEquals(limit.take("try", "192.0.2.1").state, "ok");
});

Deno.test("who turns out to be welcome gets the charge back", () => {
  const { limit } = open();
  for (let i = 0; i < 20; i++) {
    assertEquals(limit.take("try", "192.0.2.1").state, "ok");
    limit.giveBack("try", "192.0.2.1");
  }
});

Deno.test("all together are limited too, and a limited try costs neither bucket", () => {
  const { limit } = open({ globalBurst: 3 });
  const states = ["1", "2", "3", "4"].map((n) => limit.take("try", `192.0.2.${n}`).state);
  assertEquals(states, ["ok", "ok", "ok", "limited"]);
  limit.giveBack("try", "192.0.2.1");
  assertEquals(limit.take("try", "192.0.2.4").state, "ok");
});

Deno.test("memory is bounded, and the addresses of one /64 are one client", () => {
  const { limit } = open({ maxKeys: 10 });
  for (let i = 0; i < 50; i++) limit.take("try", `192.0.2.${i}`);
  assertEquals(limit.size, 10);
  limit.take("try", "2001:db8::1");
  limit.take("try", "2001:db8::2");
  assertEquals(limit.take("try", "2001:db8::3").state, "limited");
});

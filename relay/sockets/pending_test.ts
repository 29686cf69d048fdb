import { assertEquals, assertThrows } from "@std/assert";
import { ProtocolError, REQUEST_TIMEOUT_MS, type ResFrame } from "@chatcode/protocol";
import { FakeClock } from "../../kit/testing/fake_clock.ts";
import { Pending } from "./pending.ts";

const ok = (id: string): ResFrame => ({ type: "res", id, ok: true, payload: {} });
const accepted = (id: string): ResFrame => ({ type: "res", id, ok: true, accepted: true });

function outcome(res: ResFrame): string {
  if (!res.ok) return res.error.code;
  return "accepted" in res ? "accepted" : "ok";
}

Deno.test("[RQ4] a request is answered once: by the host, or by the deadline", async () => {
  const clock = new FakeClock();
  const pending = new Pending(clock);
  const answers: string[] = [];
  const first = pending.add((res) => answers.push(`first ${outcome(res)}`));
  const second = pending.add((res) => answers.push(`second ${outcome(res)}`));
  pending.settle(ok(first));
  await clock.advance(REQUEST_TIMEOUT_MS);
  pending.settle(ok(first));
  pending.settle(ok(second));
  assertEquals(answers, ["first ok", "second TIMEOUT"]);
  assertEquals(pending.size, 0);
});

Deno.test("[RQ4] accepted long work has its own deadline", async () => {
  const clock = new FakeClock();
  const pending = new Pending(clock);
  const answers: string[] = [];
  const id = pending.add((res) => answers.push(outcome(res)), 60_000);
  pending.settle(accepted(id));
  await clock.advance(59_999);
  assertEquals(answers, ["accepted"]);
  await clock.advance(1);
  assertEquals(answers, ["accepted", "TIMEOUT"]);
});

Deno.test("[RL4] when the host goes, everything open is answered", () => {
  const pending = new Pending(new FakeClock());
  const answers: string[] = [];
  for (let i = 0; i < 3; i++) pending.add((res) => answers.push(outcome(res)));
  pending.fail("HOST_OFFLINE", "gone");
  assertEquals(answers, ["HOST_OFFLINE", "HOST_OFFLINE", "HOST_OFFLINE"]);
});

Deno.test("[RQ6] open requests to one host are bounded", () => {
  const pending = new Pending(new FakeClock(), 2);
  pending.add(() => {});
  pending.add(() => {});
  assertThrows(() => pending.add(() => {}), ProtocolError, "too many");
  pending.fail("HOST_OFFLINE", "gone");
});

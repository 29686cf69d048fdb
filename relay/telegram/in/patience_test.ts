import { assertEquals, assertRejects } from "@std/assert";
import { hostId, ProtocolError } from "@chatcode/protocol";
import { FakeClock } from "../../../kit/testing/fake_clock.ts";
import { Roster } from "../../roster.ts";
import { hostHello } from "../../testing/open_sockets.ts";
import { HOST_BACK_MS, Patience } from "./patience.ts";

const host = hostId.parse("h_1");

function open() {
  const clock = new FakeClock();
  const roster = new Roster(clock);
  roster.register(host, "box");
  let tries = 0;
  const patience = new Patience({ roster, clock });
  return {
    clock,
    roster,
    tries: () => tries,
    online() {
      const { facts, load } = hostHello().host!;
      roster.online(host, facts, load, []);
    },
    ask: (signal?: AbortSignal, onAgain = () => {}) =>
      patience.with(host, signal, () => {
        tries += 1;
        if (tries > 1) onAgain();
        if (roster.host(host)?.online) return Promise.resolve("done");
        return Promise.reject(new ProtocolError("HOST_OFFLINE", "Cannot ask: it is offline"));
      }),
  };
}

Deno.test("just after a start, a machine that comes back is asked again", async () => {
  const test = open();
  const asking = test.ask();
  await test.clock.advance(3_000);
  test.online();
  assertEquals([await asking, test.tries(), test.clock.pending], ["done", 2, 0]);
});

Deno.test("one that goes again at once is waited for again, for as long in all", async () => {
  const test = open();
  let isLost = true;
  const asking = test.ask(undefined, () => {
    if (isLost) test.roster.offline(host);
    isLost = false;
  });
  await test.clock.advance(HOST_BACK_MS - 1_000);
  test.online();
  await test.clock.advance(500);
  test.online();
  assertEquals([await asking, test.tries(), test.clock.pending], ["done", 3, 0]);
});

Deno.test("one that does not come back is given up, and one long away is not waited for", async () => {
  const test = open();
  const asking = assertRejects(() => test.ask(), ProtocolError, "it is offline");
  await test.clock.advance(HOST_BACK_MS);
  await asking;
  assertEquals(test.tries(), 1);
  await test.clock.advance(60_000);
  await assertRejects(() => test.ask(), ProtocolError);
  test.online();
  test.roster.offline(host);
  const again = test.ask();
  await test.clock.advance(1_000);
  test.online();
  assertEquals([await again, test.clock.pending], ["done", 0]);
});

Deno.test("whoever is told to stop waits no more", async () => {
  const test = open();
  const stop = new AbortController();
  const asking = assertRejects(() => test.ask(stop.signal), DOMException, "as told");
  await test.clock.advance(1_000);
  stop.abort(new DOMException("as told"));
  await asking;
  assertEquals(test.clock.pending, 0);
});

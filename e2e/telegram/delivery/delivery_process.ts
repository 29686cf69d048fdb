import { type SessionId, turn } from "@chatcode/protocol";
import { lineStream } from "./line_stream.ts";
import { openDelivery } from "./delivery_end.ts";
import { fastClock } from "../fast_clock.ts";

/**
 * Delivery in a process of its own, to be killed: turns come as lines of JSON, and go back by their id
 * when they are safe. `{"missing":true}` asks for what may be missing.
 */
const given = JSON.parse(Deno.args[0]!) as {
  data: string;
  token: string;
  apiRoot: string;
  user: number;
  sessions: number;
  speed: number;
  startedAtMs: number;
};
const say = (line: Record<string, unknown>) => console.log(JSON.stringify(line));
await using delivery = await openDelivery({
  ...given,
  store: { kind: "dir", path: given.data },
  clock: fastClock(given.speed, given.startedAtMs),
});
say({ ready: true });
const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream()).pipeThrough(lineStream());
for await (const line of lines) {
  const asked = JSON.parse(line) as { session: SessionId; turn: unknown; missing?: boolean };
  if (asked.missing) {
    say({ missing: await delivery.out.missing(), waiting: delivery.out.waiting(given.user) });
    continue;
  }
  const told = turn.parse(asked.turn);
  const safe = delivery.tell(asked.session, told) ?? Promise.resolve();
  safe.then(() => say({ safe: told.id }), () => {});
}

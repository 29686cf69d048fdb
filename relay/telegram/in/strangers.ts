import type { Clock } from "@chatcode/kit";
import { RateLimit } from "../../auth/rate_limit.ts";
import { plain } from "../format/mod.ts";
import { placeOf } from "./asked.ts";
import { pairingCode } from "./commands/start.ts";
import type { Incoming } from "./incoming.ts";
import type { Replies } from "./replies.ts";

/** What those who are not linked may cost: a polite line now and then, a few tries to link. */
const RATES = {
  perClient: {
    line: { burst: 1, refillMs: 3600_000 },
    code: { burst: 5, refillMs: 60_000 },
  },
  global: { burst: 60, refillMs: 2_000 },
};

const LINE =
  "This bot belongs to a Chatcode relay and only talks to people who are linked with it. If that is " +
  "you: sign in there with your browser and open Settings → Telegram.";

/** Keeps people off whom nobody has linked. */
export class Strangers {
  readonly #rates: RateLimit<"line" | "code">;

  constructor(clock: Clock) {
    this.#rates = new RateLimit(RATES, { clock, keyOf: (user) => user });
  }

  /** Whether anything is to be done about a stranger's update at all; what is not is forgotten. */
  isHeard(incoming: Incoming): boolean {
    if (incoming.chat.type !== "private") return incoming.kind === "membership";
    if (incoming.kind === "press") return true; // one call, for a button that was theirs
    if (incoming.kind !== "message" || incoming.edited) return false;
    const kind = pairingCode(incoming) === undefined ? "line" : "code";
    return this.#rates.take(kind, String(incoming.from.id)).state === "ok";
  }

  async answer(incoming: Incoming, replies: Replies, key: string): Promise<void> {
    if (incoming.kind === "press") {
      return await replies.answer(incoming.id, "You are not linked any more.", { alert: true });
    }
    if (incoming.kind === "message") {
      await replies.say(placeOf(incoming), { rich: plain(LINE) }, key);
    }
  }
}

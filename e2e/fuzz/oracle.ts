import {
  CLIENT_MAX_PAYLOAD_BYTES,
  events,
  type Frame,
  HOST_MAX_PAYLOAD_BYTES,
  parseBytesFrame,
  parseFrame,
} from "@chatcode/protocol";
import type { Wire } from "./wire_arbitrary.ts";

/** What a receiver must make of a message: go on, or close with one of these codes. */
export type Verdict = "goes-on" | readonly number[];

const MALFORMED = [4000] as const;
const TOO_LARGE = [4006] as const;
/** Text that is no UTF-8 may be refused by the WebSocket layer itself. */
const NOT_UTF8 = [4000, 1007, 1006, 1002] as const;

const decoder = new TextDecoder("utf-8", { fatal: true });

function judge(wire: Wire, maxBytes: number, fits: (frame: Frame) => boolean): Verdict {
  const size = typeof wire === "string" ? wire.length : wire.bytes.length;
  if (size > maxBytes) return TOO_LARGE;
  if (typeof wire !== "string" && !wire.text) return judgeBytes(wire.bytes);
  let text: string;
  try {
    text = typeof wire === "string" ? wire : decoder.decode(wire.bytes);
  } catch {
    return NOT_UTF8;
  }
  try {
    const parsed = parseFrame(text);
    return parsed.state === "unknown" || fits(parsed.frame) ? "goes-on" : MALFORMED;
  } catch {
    return MALFORMED;
  }
}

function judgeBytes(bytes: Uint8Array<ArrayBuffer>): Verdict {
  try {
    parseBytesFrame(bytes);
    return "goes-on";
  } catch {
    return MALFORMED;
  }
}

/** By the relay, of what a client sends. SPEC [FR1], [FR2], [HE5]. */
export function judgeClientFrame(wire: Wire): Verdict {
  const mayAsk = new Set<Frame["type"]>(["req", "credit", "ping", "pong"]);
  return judge(wire, CLIENT_MAX_PAYLOAD_BYTES, ({ type }) => mayAsk.has(type));
}

/** By the relay, of what a host sends. */
export function judgeHostFrame(wire: Wire, host: string): Verdict {
  return judge(wire, HOST_MAX_PAYLOAD_BYTES, (frame) => {
    if (frame.type === "event") return newsFits(frame.event, frame.payload, host);
    return !frame.type.startsWith("hello");
  });
}

/** By a gateway, of what a relay sends after hello-ok. */
export function judgeRelayFrame(wire: Wire): Verdict {
  const size = typeof wire === "string" ? new TextEncoder().encode(wire).length : wire.bytes.length;
  if (size > HOST_MAX_PAYLOAD_BYTES) return TOO_LARGE;
  if (typeof wire !== "string" && !wire.text) {
    // Output never flows towards a host.
    return judgeBytes(wire.bytes) === "goes-on" && wire.bytes[0] === 2 ? "goes-on" : MALFORMED;
  }
  return judge(wire, HOST_MAX_PAYLOAD_BYTES, () => true);
}

function newsFits(event: string, payload: unknown, host: string): boolean {
  if (event === "shutdown") return events.shutdown.safeParse(payload).success;
  if (event !== "session" && event !== "health") return true;
  const news = events[event].safeParse(payload);
  return news.success && news.data.host === host;
}

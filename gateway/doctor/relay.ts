import { systemClock } from "@chatcode/kit";
import type { Config } from "../config.ts";
import type { GatewayStatus } from "../gateway_status.ts";
import { RelaySocket } from "../relay_socket.ts";
import { type Check, fail, ok, warn } from "./check.ts";

const REACH_MS = 10_000;
/** Beyond this, signatures and sign-in links begin to fail. */
const MAX_SKEW_MS = 60_000;

/** Whether the relay is there, takes the token, and agrees about the time. */
export async function checkRelay(config: Config, running?: GatewayStatus): Promise<Check[]> {
  const url = new URL(config.relayUrl);
  url.protocol = url.protocol === "wss:" ? "https:" : "http:";
  url.pathname = url.pathname.replace(/gw\/connect$/, "healthz");
  let answer: Response;
  try {
    answer = await fetch(url, { signal: AbortSignal.timeout(REACH_MS) });
    await answer.body?.cancel();
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    const mend = `Check CHATCODE_CP_URL, the network and any proxy: curl -v ${url.href}`;
    return [fail("relay", `${url.origin} cannot be reached: ${why}`, mend)];
  }
  const relay = answer.ok
    ? ok("relay", `${url.origin} answers`)
    : warn("relay", `${url.origin} answers ${answer.status}`, "Is CHATCODE_CP_URL a relay's?");
  // While a gateway runs, dialling with its id and token would be a second one.
  const token = running === undefined ? await checkToken(config) : checkUplink(running);
  return [relay, token, checkClock(answer.headers.get("date"))];
}

async function checkToken(config: Config): Promise<Check> {
  const opened = Promise.withResolvers<"opened">();
  const socket = new RelaySocket({
    url: config.relayUrl,
    gatewayId: config.gatewayId,
    token: config.token,
    clock: systemClock,
    peer: {
      // The token was taken; without a hello the relay knows of no gateway yet.
      hello: () => {
        opened.resolve("opened");
        return new Promise(() => {});
      },
      accepted: () => {},
      bytes: () => {},
      credit: () => {},
      request: () => {},
      turnAck: () => {},
      fileEnd: () => {},
    },
  });
  const end = await Promise.race([opened.promise, socket.ended]);
  socket.close("normal", "only looking");
  await socket.ended;
  if (end === "opened") return ok("token", `accepted for "${config.gatewayId}"`);
  if (end.state === "refused" && (end.status === 401 || end.status === 403)) {
    const mend = "Rotate it on the machines page and set the new CHATCODE_GATEWAY_AUTH_TOKEN";
    return fail("token", `refused: ${end.message}`, mend);
  }
  const why = end.state === "closed" ? `closed with ${end.code}` : end.message;
  const mend = "The relay or a proxy before it must let WebSockets through";
  return fail("token", `cannot be tried: ${why}`, mend);
}

function checkUplink({ uplink }: GatewayStatus): Check {
  if (uplink.state === "connected") return ok("token", "accepted: the gateway is connected");
  const why = uplink.lastError ?? uplink.state;
  return fail("token", `the gateway is not connected: ${why}`, "Look at the gateway's log");
}

function checkClock(date: string | null): Check {
  const relayMs = Date.parse(date ?? "");
  if (Number.isNaN(relayMs)) return ok("clock", "the relay did not say its time");
  const skewMs = Date.now() - relayMs;
  if (Math.abs(skewMs) < MAX_SKEW_MS) return ok("clock", "agrees with the relay's");
  const text = `differs from the relay's by ${Math.round(skewMs / 1000)} s`;
  return fail(
    "clock",
    text,
    "Set it: timedatectl set-ntp true (macOS: sudo sntp -sS time.apple.com)",
  );
}

import type { Clock, Log } from "@chatcode/kit";
import type { PushDeviceRow } from "../kv/keys.ts";
import { checkEndpoint, type EndpointRules } from "./endpoint.ts";
import { loadWebPush } from "./load_web_push.ts";
import { isP256Point } from "./p256_point.ts";
import type { VapidKeys } from "./vapid_keys.ts";

/** For a push service's answer, in milliseconds. */
export const PUSH_DEADLINE_MS = 10_000;

/** The longest that a push service may make us wait before the next try, in milliseconds. */
const RETRY_AFTER_CAP_MS = 60_000;

export interface Parcel {
  /** The plain text; only the browser can read what is sent. */
  readonly payload: string;
  /** Replaces what the push service still holds under it. */
  readonly topic: string;
  /** How long the push service keeps it for a device that is away. */
  readonly ttlSeconds: number;
  readonly urgency: "normal" | "high";
}

/** `gone`: the subscription is no more, or never can be used. `later`: it may work in a while. */
export type Delivery =
  | { state: "sent" }
  | { state: "gone" }
  | { state: "refused"; why: string }
  | { state: "later"; retryAfterMs: number };

/** Encrypts to the browser (RFC 8291), signs as this relay (RFC 8292), and posts (RFC 8030). */
export class PushSender {
  readonly #keys: VapidKeys;
  readonly #subject: string;
  readonly #rules: EndpointRules;
  readonly #clock: Clock;
  readonly #log: Log;

  constructor(
    keys: VapidKeys,
    options: { publicUrl: URL; rules: EndpointRules; clock: Clock; log: Log },
  ) {
    this.#keys = keys;
    this.#subject = subjectOf(options.publicUrl);
    this.#rules = options.rules;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /** Never throws, save the signal's reason when `signal` aborts. */
  async send(device: PushDeviceRow, parcel: Parcel, signal: AbortSignal): Promise<Delivery> {
    // Again each time: names come to stand for other addresses.
    const check = await checkEndpoint(device.endpoint, this.#rules);
    if (check === "refused") return { state: "refused", why: "its address is not public" };
    if (check === "unresolved") return { state: "later", retryAfterMs: 0 };
    const request = await this.#encrypted(device, parcel);
    if (request === undefined) return { state: "gone" };
    const late = new AbortController();
    using _deadline = this.#clock.setTimer(() => late.abort(), PUSH_DEADLINE_MS);
    try {
      const response = await fetch(device.endpoint, {
        ...request,
        redirect: "manual", // it could lead to where the endpoint itself may not
        signal: AbortSignal.any([signal, late.signal]),
      });
      await response.body?.cancel();
      return deliveryOf(response);
    } catch (error) {
      signal.throwIfAborted();
      this.#log.debug("push.not_reached", { origin: new URL(device.endpoint).origin, error });
      return { state: "later", retryAfterMs: 0 };
    }
  }

  async #encrypted(
    { endpoint, p256dh, auth }: PushDeviceRow,
    parcel: Parcel,
  ): Promise<RequestInit | undefined> {
    if (!isP256Point(p256dh)) return;
    try {
      const { default: webPush } = await loadWebPush();
      const details = webPush.generateRequestDetails(
        { endpoint, keys: { p256dh, auth } },
        parcel.payload,
        {
          vapidDetails: { subject: this.#subject, ...this.#keys },
          TTL: parcel.ttlSeconds,
          urgency: parcel.urgency,
          topic: parcel.topic,
          contentEncoding: "aes128gcm",
        },
      );
      const headers = new Headers();
      for (const [name, value] of Object.entries(details.headers)) headers.set(name, String(value));
      headers.delete("content-length"); // fetch() sets it
      return { method: "POST", headers, body: new Uint8Array(details.body) };
    } catch (error) {
      this.#log.warn("push.not_encrypted", { error });
    }
  }
}

function deliveryOf({ ok, status, headers }: Response): Delivery {
  if (ok) return { state: "sent" };
  if (status === 404 || status === 410) return { state: "gone" };
  if (status !== 429 && status < 500) return { state: "refused", why: `status ${status}` };
  const seconds = Number(headers.get("retry-after"));
  const askedMs = Number.isFinite(seconds) ? seconds * 1_000 : 0;
  return { state: "later", retryAfterMs: Math.min(Math.max(askedMs, 0), RETRY_AFTER_CAP_MS) };
}

/** How a push service can reach whoever sends; some refuse names that are not public. */
function subjectOf(publicUrl: URL): string {
  return publicUrl.protocol === "https:" ? publicUrl.origin : "mailto:owner@chatcode.invalid";
}

import { type Clock, type Log, sleep } from "@chatcode/kit";
import type { PushDevice } from "./push_devices.ts";
import type { Delivery, Parcel, PushSender } from "./push_sender.ts";

/** Messages that wait to be sent; beyond that the oldest is dropped. */
export const MAX_PUSH_QUEUE = 1_000;

/** Messages that are being sent at once. */
export const MAX_PUSH_SENDS = 4;

/** How often one message is tried. */
export const MAX_PUSH_TRIES = 3;

/** Before the second try; twice that before the third. In milliseconds. */
const RETRY_MS = 2_000;

interface Job {
  readonly device: PushDevice;
  readonly parcel: Parcel;
}

interface Parts {
  readonly sender: Pick<PushSender, "send">;
  readonly clock: Clock;
  readonly log: Log;
  /** The subscription is no more. */
  onGone(device: PushDevice): Promise<void>;
}

/**
 * Sends what is put in, a few at a time, and never makes anybody wait. Of what a device is sent under
 * one topic only the newest matters: it takes the place of one that waits, and none overtakes another.
 */
export class PushQueue implements AsyncDisposable {
  readonly #parts: Parts;
  readonly #stop = new AbortController();
  /** In the order in which they came. */
  readonly #waiting = new Map<string, Job>();
  readonly #sending = new Map<string, Promise<void>>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#waiting.size;
  }

  push(device: PushDevice, parcel: Parcel): void {
    if (this.#stop.signal.aborted) return;
    const key = `${device.endpoint} ${parcel.topic}`;
    this.#waiting.delete(key);
    this.#waiting.set(key, { device, parcel });
    if (this.#waiting.size > MAX_PUSH_QUEUE) {
      const [oldest] = this.#waiting.keys();
      if (oldest !== undefined) this.#waiting.delete(oldest);
      this.#parts.log.warn("push.dropped", { waiting: MAX_PUSH_QUEUE });
    }
    this.#pump();
  }

  /** What waits is dropped: a notification is of no use after a restart. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#waiting.clear();
    await Promise.all(this.#sending.values());
  }

  #pump(): void {
    for (const [key, job] of this.#waiting) {
      if (this.#sending.size >= MAX_PUSH_SENDS) return;
      if (this.#sending.has(key)) continue;
      this.#waiting.delete(key);
      const sending = this.#send(key, job).catch((error: unknown) => {
        if (!this.#stop.signal.aborted) this.#parts.log.warn("push.failed", { error });
      }).then(() => {
        this.#sending.delete(key);
        this.#pump();
      });
      this.#sending.set(key, sending);
    }
  }

  async #send(key: string, { device, parcel }: Job): Promise<void> {
    const { sender, clock, log, onGone } = this.#parts;
    const { signal } = this.#stop;
    for (let tries = 1;; tries++) {
      const delivery: Delivery = await sender.send(device, parcel, signal);
      switch (delivery.state) {
        case "sent":
          return;
        case "gone":
          return await onGone(device);
        case "refused":
          return log.warn("push.refused", {
            origin: new URL(device.endpoint).origin,
            why: delivery.why,
          });
        case "later":
          // A newer message of the same topic makes this one pointless.
          if (tries >= MAX_PUSH_TRIES || this.#waiting.has(key)) return;
          await sleep(clock, Math.max(delivery.retryAfterMs, RETRY_MS * tries), signal);
          if (this.#waiting.has(key)) return;
          break;
        default:
          delivery satisfies never;
      }
    }
  }
}

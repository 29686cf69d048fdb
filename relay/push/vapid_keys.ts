import type { Clock } from "@chatcode/kit";
// @ts-types="@types/web-push"
import webPush from "web-push";
import { rows } from "../kv/keys.ts";
import type { Store } from "../kv/store.ts";

/** By which push services know this relay (RFC 8292), base64url. */
export interface VapidKeys {
  readonly publicKey: string;
  readonly privateKey: string;
}

/** Takes the relay's keys from the store, or makes them: other ones would void every subscription. */
export async function openVapidKeys(store: Store, clock: Clock): Promise<VapidKeys> {
  return await store.update(rows.vapidKeys, (kept, commit) => {
    if (kept !== null) return kept;
    const made = { ...webPush.generateVAPIDKeys(), createdAtMs: clock.now() };
    commit.set(rows.vapidKeys, made);
    return made;
  });
}

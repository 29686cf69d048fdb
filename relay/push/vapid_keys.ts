import type { Clock } from "@chatcode/kit";
import { encodeBase64Url } from "@std/encoding/base64url";
import { rows } from "../kv/keys.ts";
import type { Store } from "../kv/store.ts";

/** By which push services know this relay (RFC 8292), base64url. */
export interface VapidKeys {
  readonly publicKey: string;
  readonly privateKey: string;
}

/** Takes the relay's keys from the store, or makes them: other ones would void every subscription. */
export async function openVapidKeys(store: Store, clock: Clock): Promise<VapidKeys> {
  return await store.update(rows.vapidKeys, async (kept, commit) => {
    if (kept !== null) return kept;
    const made = { ...await makeKeys(), createdAtMs: clock.now() };
    commit.set(rows.vapidKeys, made);
    return made;
  });
}

/** A P-256 pair. By the platform: web-push would have to be loaded for it at every first start. */
async function makeKeys(): Promise<VapidKeys> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const pair = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const { d } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  if (d === undefined) throw new TypeError("Cannot export the key: it has no private part");
  const publicKey = await crypto.subtle.exportKey("raw", pair.publicKey);
  return { publicKey: encodeBase64Url(publicKey), privateKey: d };
}

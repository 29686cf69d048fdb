import { type PushTarget, pushTarget } from "@chatcode/protocol";
import { callApi, nothing } from "./api.ts";

const TOLD_KEY = "chatcode.push-told";

/** How notifications stand in this browser. */
export type PushState =
  | "unsupported"
  /** The person said no; only the browser's own settings change that. */
  | "denied"
  | "off"
  | "on";

/** Browser only. */
export async function pushState(): Promise<PushState> {
  if (!isSupported()) return "unsupported";
  if (Notification.permission === "denied") return "denied";
  const registration = await navigator.serviceWorker.getRegistration("/");
  const subscription = await registration?.pushManager.getSubscription();
  return subscription && Notification.permission === "granted" ? "on" : "off";
}

/**
 * Asks for the permission, so only after a click, and tells the relay. A browser that is subscribed
 * is told of again, which does no harm.
 * @returns what went wrong, for the person to read
 */
export async function switchOn(publicKey: string): Promise<string | undefined> {
  if (await Notification.requestPermission() !== "granted") {
    return "The browser does not allow notifications from this site.";
  }
  let subscription: PushSubscription;
  try {
    await navigator.serviceWorker.register("/sw.js", { scope: "/" });
    const { pushManager } = await navigator.serviceWorker.ready;
    subscription = await subscribe(pushManager, publicKey);
  } catch {
    return "The browser's push service cannot be reached.";
  }
  const target = pushTarget.safeParse(subscription.toJSON());
  if (!target.success) return "The browser gave a subscription nobody expects.";
  const answer = await tell(target.data);
  if (answer.ok) return;
  await subscription.unsubscribe();
  return answer.message;
}

/**
 * Tells the relay of this browser's subscription again, once for each browser session: with the one
 * before, the relay has forgotten it.
 */
export async function keepSubscribed(): Promise<void> {
  if (await pushState() !== "on") return;
  const session = await ownSession();
  if (session === undefined || localStorage.getItem(TOLD_KEY) === session) return;
  const registration = await navigator.serviceWorker.getRegistration("/");
  const subscription = await registration?.pushManager.getSubscription();
  const target = pushTarget.safeParse(subscription?.toJSON());
  if (target.success && (await tell(target.data)).ok) localStorage.setItem(TOLD_KEY, session);
}

/** @returns what went wrong, for the person to read */
export async function switchOff(): Promise<string | undefined> {
  const registration = await navigator.serviceWorker.getRegistration("/");
  const subscription = await registration?.pushManager.getSubscription();
  if (!subscription) return;
  const { endpoint } = subscription;
  await subscription.unsubscribe();
  const answer = await callApi("DELETE", "/api/push/subscriptions", {
    body: { endpoint },
    result: nothing,
  });
  return answer.ok ? undefined : answer.message;
}

function tell(target: PushTarget) {
  return callApi("POST", "/api/push/subscriptions", { body: target, result: nothing });
}

/** Something that is another for each browser session, and tells nothing of it. */
async function ownSession(): Promise<string | undefined> {
  const token = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content;
  if (token === undefined) return undefined;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  return [...new Uint8Array(digest, 0, 8)].join(".");
}

/** A subscription made for another key, such as an earlier relay's, gives way. */
async function subscribe(manager: PushManager, key: string): Promise<PushSubscription> {
  const options = { userVisibleOnly: true, applicationServerKey: key };
  try {
    return await manager.subscribe(options);
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== "InvalidStateError") throw error;
    await (await manager.getSubscription())?.unsubscribe();
    return await manager.subscribe(options);
  }
}

function isSupported(): boolean {
  return "serviceWorker" in navigator && "PushManager" in globalThis &&
    "Notification" in globalThis;
}

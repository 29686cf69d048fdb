import { pushTarget } from "@chatcode/protocol";
import { callApi, nothing } from "./api.ts";

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
  const answer = await callApi("POST", "/api/push/subscriptions", {
    body: target.data,
    result: nothing,
  });
  if (answer.ok) return;
  await subscription.unsubscribe();
  return answer.message;
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

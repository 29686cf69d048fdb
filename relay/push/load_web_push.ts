/** Only when there is something to sign or send: it brings much of Node with it, 8 MB of memory. */
export function loadWebPush() {
  // @ts-types="@types/web-push"
  return import("web-push");
}

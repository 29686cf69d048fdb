import { assertEquals } from "@std/assert";
import type { CDPSession, Page } from "playwright-core";
import type { PushMessage } from "@chatcode/protocol";
import { skipWhen } from "../kit/testing/skip.ts";
import { waitFor } from "../kit/testing/wait_for.ts";
import { missingChromium, openPage } from "./testing/open_page.ts";

const noChromium = missingChromium();

const NOTE: PushMessage = {
  type: "note",
  kind: "waiting",
  tag: "box-one",
  url: "/s/box/one",
  machine: "box",
  session: "first",
  agent: "claude",
  text: "rm -rf build",
  atMs: Date.UTC(2026, 10, 20),
};

/** There is no push service to subscribe at: the browser's part of it is played. */
function playPushService(): void {
  const endpoint = "https://push.example/1";
  const keys = { p256dh: "key", auth: "secret" };
  const subscription = {
    endpoint,
    toJSON: () => ({ endpoint, expirationTime: null, keys }),
    unsubscribe: () => {
      localStorage.removeItem("played-push");
      return Promise.resolve(true);
    },
  } as unknown as PushSubscription;
  PushManager.prototype.getSubscription = () =>
    Promise.resolve(localStorage.getItem("played-push") === null ? null : subscription);
  PushManager.prototype.subscribe = () => {
    localStorage.setItem("played-push", "on");
    return Promise.resolve(subscription);
  };
}

const shown = (page: Page) =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    return (await registration.getNotifications()).map(({ title, body, tag }) => ({
      title,
      body,
      tag,
    }));
  });

/** Delivers messages to the page's service worker, as a push service would. */
async function pushTo(page: Page, origin: string): Promise<(message: unknown) => Promise<void>> {
  // A worker that is not active yet gets no push.
  const isActive = () =>
    page.evaluate(async () => (await navigator.serviceWorker.ready).active?.state === "activated");
  await waitFor(isActive, { what: "the service worker" });
  const client: CDPSession = await page.context().newCDPSession(page);
  const registration = new Promise<string>((resolve) => {
    client.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const [first] = registrations;
      if (first !== undefined) resolve(first.registrationId);
    });
  });
  await client.send("ServiceWorker.enable");
  const registrationId = await registration;
  return async (message) => {
    const data = typeof message === "string" ? message : JSON.stringify(message);
    await client.send("ServiceWorker.deliverPushMessage", { origin, registrationId, data });
  };
}

/** Until a note is shown: on a busy machine the browser's tools lose a push to a worker that starts. */
async function deliver(
  page: Page,
  push: (message: unknown) => Promise<void>,
  note: unknown,
): Promise<void> {
  const isShown = async () => (await shown(page)).length === 1;
  for (let tries = 1;; tries++) {
    await push(note);
    try {
      return void await waitFor(isShown, { what: "the note", deadlineMs: 4_000 });
    } catch (error) {
      if (tries === 5) throw error;
    }
  }
}

Deno.test({
  ...skipWhen("[PN2] a browser is switched on, told, and the note withdrawn", noChromium),
  async fn() {
    await using opened = await openPage({ permissions: ["notifications"] });
    const { page, origin, services, complaints } = opened;
    await page.addInitScript(playPushService);
    await page.goto(`${origin}/settings`);
    await page.getByTestId("push").waitFor();
    assertEquals(await page.getByTestId("push").isChecked(), false);
    await page.getByTestId("push").click();
    await waitFor(() => services.pushTargets.has("https://push.example/1"), {
      what: "the subscription",
    });
    await waitFor(() => page.getByTestId("push").isChecked(), { what: "the switch" });

    const push = await pushTo(page, origin);
    await push("not JSON");
    await push({ type: "from a later version" });
    await deliver(page, push, NOTE);
    assertEquals(await shown(page), [
      { title: "first asks for leave", body: "rm -rf build\nbox", tag: "box-one" },
    ]);
    await push({ ...NOTE, kind: "done", text: "All tests pass" });
    await waitFor(async () => (await shown(page))[0]?.title === "first is done", {
      what: "the newer note in its place",
    });
    assertEquals((await shown(page)).length, 1);
    await push({ type: "withdraw", tag: "another" });
    await push({ type: "withdraw", tag: "box-one" });
    await waitFor(async () => (await shown(page)).length === 0, { what: "the withdrawal" });

    // Signed in anew, the relay is told anew.
    services.pushTargets.clear();
    const [name = "", value = ""] = services.cookieFor("owner").split("=");
    await page.context().addCookies([{ name, value, url: origin }]);
    await page.reload();
    await waitFor(() => services.pushTargets.size === 1, { what: "the same subscription" });

    await page.getByTestId("push-done").click();
    await waitFor(() => !services.pushSettings.kinds.done, { what: "the kinds" });
    await page.getByTestId("quiet").click();
    await waitFor(() => services.pushSettings.quiet?.from === "22:00", { what: "quiet hours" });
    await page.getByTestId("push").click();
    await waitFor(() => services.pushTargets.size === 0, { what: "the end of the subscription" });
    assertEquals(complaints, []);
  },
});

/** In the worker itself: the two calls that a browser allows after a true click only are noted. */
function noteOpenings(): void {
  const worker = globalThis as unknown as { opened: string[]; clickDone: Promise<unknown> };
  worker.opened = [];
  const note = (what: string) => {
    worker.opened.push(what);
    return Promise.resolve(null);
  };
  const scope = globalThis as unknown as {
    Clients: { prototype: { openWindow(url: string): Promise<null> } };
    WindowClient: { prototype: { readonly url: string; focus(): Promise<null> } };
    ExtendableEvent: { prototype: { waitUntil(done: Promise<unknown>): void } };
  };
  scope.Clients.prototype.openWindow = (url) => note(`open ${url}`);
  scope.WindowClient.prototype.focus = function () {
    return note(`focus ${new URL(this.url).pathname}`);
  };
  // A script may not hold up an event of its own making.
  scope.ExtendableEvent.prototype.waitUntil = (done) => void (worker.clickDone = done);
}

/** Clicks the note that is shown; gives what it opened. */
async function clickNote(): Promise<string[]> {
  const worker = globalThis as unknown as {
    registration: ServiceWorkerRegistration;
    opened: string[];
    clickDone: Promise<unknown>;
    NotificationEvent: new (type: string, init: { notification: Notification }) => Event;
  };
  const [notification] = await worker.registration.getNotifications();
  if (notification === undefined) return ["nothing is shown"];
  dispatchEvent(new worker.NotificationEvent("notificationclick", { notification }));
  await worker.clickDone;
  return worker.opened.splice(0);
}

Deno.test({
  ...skipWhen("[PN2] a click on a note opens its session, or the tab that shows it", noChromium),
  async fn() {
    await using opened = await openPage({ permissions: ["notifications"] });
    const { page, origin } = opened;
    await page.addInitScript(playPushService);
    await page.goto(`${origin}/settings`);
    await page.getByTestId("push").click();
    const push = await pushTo(page, origin);
    const worker = page.context().serviceWorkers()[0] ??
      await page.context().waitForEvent("serviceworker");
    await worker.evaluate(noteOpenings);
    const shows = (message: unknown) => deliver(page, push, message);

    await shows(NOTE);
    assertEquals(await worker.evaluate(clickNote), ["open /s/box/one"]);
    assertEquals(await shown(page), [], "it is gone");
    for (const url of ["https://evil.example/s/box/one", "//evil.example", "/s/../api", 7]) {
      await shows({ ...NOTE, url });
      assertEquals(await worker.evaluate(clickNote), ["open /sessions"], String(url));
    }
    await shows(NOTE);
    await page.goto(`${origin}/s/box/one`);
    assertEquals(await worker.evaluate(clickNote), ["focus /s/box/one"]);
  },
});

// The service worker: shows what the relay pushes, and nothing else. It caches no page.

/** @param {{kind: string, session: string}} note */
function titleOf({ kind, session }) {
  if (kind === "waiting") return `${session} asks for leave`;
  if (kind === "failed") return `${session} failed`;
  return `${session} is done`;
}

/** Only a session's page may be opened from a notification. */
function pathOf(url) {
  return typeof url === "string" && /^\/s\/[\w-]{1,64}\/[\w-]{1,64}$/.test(url) ? url : "/sessions";
}

async function windows() {
  return await self.clients.matchAll({ type: "window", includeUncontrolled: true });
}

async function show(note) {
  const path = pathOf(note.url);
  // Whoever looks at the session sees it already.
  const watched = (await windows()).some((client) =>
    client.focused && new URL(client.url).pathname === path
  );
  if (watched) return;
  await self.registration.showNotification(titleOf(note), {
    body: [note.text, note.machine].filter(Boolean).join("\n"),
    tag: note.tag,
    renotify: note.kind === "waiting",
    timestamp: note.atMs,
    icon: "/icon.svg",
    data: { path },
  });
}

async function withdraw(tag) {
  const shown = await self.registration.getNotifications({ tag });
  for (const notification of shown) notification.close();
}

async function open(path) {
  const all = await windows();
  const there = all.find((client) => new URL(client.url).pathname === path);
  if (there !== undefined) return await there.focus();
  await self.clients.openWindow(path);
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  let message;
  try {
    message = event.data.json();
  } catch {
    return; // not ours
  }
  if (message.type === "note") event.waitUntil(show(message));
  else if (message.type === "withdraw") event.waitUntil(withdraw(message.tag));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(pathOf(event.notification.data?.path)));
});

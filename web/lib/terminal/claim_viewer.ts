import { type ViewerId, viewerId } from "@chatcode/protocol";
import * as z from "zod";

/** Other tabs of this browser answer within a few milliseconds; sleeping ones perhaps never. */
const ANSWER_MS = 80;

const message = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("claim"), viewer: viewerId, asker: z.string() }),
  z.object({ kind: z.literal("taken"), viewer: viewerId, asker: z.string() }),
]);

/** A random id, kept for reloads of this tab. SPEC [ID2]. */
export function newViewer(key: string): ViewerId {
  const viewer = crypto.randomUUID().replaceAll("-", "") as ViewerId;
  try {
    sessionStorage.setItem(storageKey(key), viewer);
  } catch {
    // Forbidden: a reload is then a new viewer.
  }
  return viewer;
}

/**
 * This tab's viewer id for `key`. A tab that was duplicated has a copy of the other's storage; the
 * other one says so, and this one takes a new id. Until `signal` aborts this tab answers likewise.
 */
export async function claimViewer(key: string, signal: AbortSignal): Promise<ViewerId> {
  const channel = new BroadcastChannel("chatcode.viewers");
  signal.addEventListener("abort", () => channel.close(), { once: true });
  const asker = crypto.randomUUID();
  const stored = readViewer(key);
  let viewer = stored ?? newViewer(key);
  if (stored !== undefined) {
    const taken = new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), ANSWER_MS);
      channel.addEventListener("message", ({ data }) => {
        const heard = message.safeParse(data);
        if (!heard.success || heard.data.kind !== "taken" || heard.data.asker !== asker) return;
        clearTimeout(timer);
        resolve(true);
      });
    });
    channel.postMessage({ kind: "claim", viewer, asker });
    if (await taken) viewer = newViewer(key);
  }
  if (signal.aborted) return viewer;
  channel.addEventListener("message", ({ data }) => {
    const heard = message.safeParse(data);
    if (!heard.success || heard.data.kind !== "claim" || heard.data.asker === asker) return;
    // Read anew: the id may have been changed since.
    if (heard.data.viewer === (readViewer(key) ?? viewer)) {
      channel.postMessage({ ...heard.data, kind: "taken" });
    }
  });
  return viewer;
}

function readViewer(key: string): ViewerId | undefined {
  try {
    return viewerId.safeParse(sessionStorage.getItem(storageKey(key))).data;
  } catch {
    return undefined;
  }
}

function storageKey(key: string): string {
  return `chatcode.viewer.${key}`;
}

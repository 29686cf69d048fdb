import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { skipWhen } from "../../../kit/testing/skip.ts";
import { claimViewer, newViewer } from "./claim_viewer.ts";

const missing = typeof BroadcastChannel === "undefined"
  ? "this Deno has no BroadcastChannel; every browser does"
  : undefined;

Deno.test({
  ...skipWhen("[ID2] a reload keeps the viewer, a duplicated tab takes a new one", missing),
  async fn() {
    sessionStorage.clear();
    const first = new AbortController();
    const viewer = await claimViewer("box/one", first.signal);
    assertMatch(viewer, /^[A-Za-z0-9_-]{16,64}$/);
    // The first tab is still there, and this one has a copy of its storage.
    const copy = new AbortController();
    const other = await claimViewer("box/one", copy.signal);
    assertNotEquals(other, viewer);
    copy.abort();
    first.abort();
    const reload = new AbortController();
    assertEquals(await claimViewer("box/one", reload.signal), other);
    assertNotEquals(newViewer("box/one"), other);
    reload.abort();
  },
});

import { assertEquals, assertRejects } from "@std/assert";
import { DeadlineError } from "../deadline.ts";
import { waitFor } from "./wait_for.ts";

Deno.test("waitFor() gives the first truthy value, past errors too", async () => {
  let looks = 0;
  const value = await waitFor(() => {
    looks += 1;
    if (looks === 1) throw new Error("not yet");
    return looks > 2 ? `look ${looks}` : undefined;
  }, { what: "the third look" });
  assertEquals(value, "look 3");
});

Deno.test("waitFor() tells the last value or error when it gives up", async () => {
  const late = { what: "the screen", deadlineMs: 1 };
  const error = await assertRejects(() => waitFor(() => 0, late), DeadlineError);
  assertEquals(error.message, "Gave up on the screen (last value: 0) after 1 ms");
  await assertRejects(
    () => waitFor(() => Promise.reject(new Error("no pane")), late),
    DeadlineError,
    "last error: no pane",
  );
});

Deno.test("waitFor() ends with the signal's reason", async () => {
  const signal = AbortSignal.abort(new Error("stopped"));
  await assertRejects(() => waitFor(() => false, { what: "never", signal }), Error, "stopped");
});

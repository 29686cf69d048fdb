import { assertEquals, assertRejects } from "@std/assert";
import { DeadlineError, withDeadline } from "./deadline.ts";

Deno.test("withDeadline() hands on what came in time", async () => {
  assertEquals(await withDeadline(Promise.resolve(42), 1000, "the answer"), 42);
  await assertRejects(
    () => withDeadline(Promise.reject(new TypeError("no")), 1000, "the answer"),
    TypeError,
    "no",
  );
});

Deno.test("withDeadline() says what was late", async () => {
  const never = new Promise<void>(() => {});
  const error = await assertRejects(() => withDeadline(never, 5, "the relay"), DeadlineError);
  assertEquals(error.message, "Gave up on the relay after 5 ms");
});

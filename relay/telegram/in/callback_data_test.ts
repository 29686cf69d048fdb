import { assertEquals, assertThrows } from "@std/assert";
import { callbackData, MAX_CALLBACK_BYTES, parseCallbackData } from "./callback_data.ts";

Deno.test("what a button carries comes back as it went", () => {
  assertEquals(callbackData("n", "abc", "f", 3), "n:abc:f:3");
  assertEquals(parseCallbackData("n:abc:f:3"), ["n", "abc", "f", "3"]);
  assertEquals(parseCallbackData(""), [""]);
});

Deno.test("what does not fit, or would be read as another thing, is a fault of ours", () => {
  callbackData("a", "x".repeat(MAX_CALLBACK_BYTES - 2));
  assertThrows(() => callbackData("a", "x".repeat(MAX_CALLBACK_BYTES - 1)), RangeError);
  assertThrows(() => callbackData("a", "é".repeat(32)), RangeError);
  assertThrows(() => callbackData("a", "b:c"), RangeError);
});

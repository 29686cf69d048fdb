import { assertEquals } from "@std/assert";
import { Origins } from "./origin.ts";

const check = (publicUrl: string, headers: Record<string, string>) =>
  new Origins(new URL(publicUrl)).check(new Headers(headers));

Deno.test("only the public origin is ours", () => {
  const at = (headers: Record<string, string>) => check("https://relay.example/", headers);
  assertEquals(at({ origin: "https://relay.example" }), "ours");
  for (
    const origin of [
      "http://relay.example",
      "https://relay.example:8443",
      "https://relay.example.evil.example",
      "https://evil.example",
      "null",
      "",
    ]
  ) assertEquals(at({ origin }), "foreign", origin);
});

Deno.test("a relay on the machine itself answers to all of its names, on its port", () => {
  const at = (origin: string) => check("http://127.0.0.1:8000/", { origin });
  assertEquals(at("http://127.0.0.1:8000"), "ours");
  assertEquals(at("http://localhost:8000"), "ours");
  assertEquals(at("http://[::1]:8000"), "ours");
  assertEquals(at("http://localhost:8001"), "foreign");
  assertEquals(at("https://localhost:8000"), "foreign");
});

Deno.test("without Origin, Sec-Fetch-Site decides; without both nobody knows", () => {
  const at = (headers: Record<string, string>) => check("https://relay.example/", headers);
  assertEquals(at({ "sec-fetch-site": "same-origin" }), "ours");
  assertEquals(at({ "sec-fetch-site": "same-site" }), "foreign");
  assertEquals(at({ "sec-fetch-site": "cross-site" }), "foreign");
  assertEquals(at({ "sec-fetch-site": "none" }), "foreign");
  assertEquals(at({}), "none");
  const both = { origin: "https://evil.example", "sec-fetch-site": "same-origin" };
  assertEquals(at(both), "foreign");
});

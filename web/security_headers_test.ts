import { assertEquals, assertStringIncludes } from "@std/assert";
import { withSecurityHeaders } from "./security_headers.ts";

const POLICY = "content-security-policy";

Deno.test("withSecurityHeaders() keeps the answer and sets the policy", async () => {
  const response = withSecurityHeaders(
    new Response("body", { status: 418, headers: { "set-cookie": "a=1", [POLICY]: "none" } }),
  );
  assertEquals([response.status, await response.text()], [418, "body"]);
  assertEquals(response.headers.getSetCookie(), ["a=1"]);
  assertStringIncludes(response.headers.get(POLICY) ?? "", "script-src 'self'; style-src 'self';");
});

Deno.test("withSecurityHeaders() lets the nonce of csp() through, and nothing else inline", () => {
  const csp = "script-src 'self' 'nonce-abc123' 'unsafe-inline'; style-src 'nonce-abc123'";
  const response = withSecurityHeaders(new Response(null, { headers: { [POLICY]: csp } }));
  assertStringIncludes(response.headers.get(POLICY) ?? "", "script-src 'self' 'nonce-abc123';");
});

Deno.test("withSecurityHeaders() lets frames show files, and nothing else", () => {
  const policy = (previews?: URL) =>
    withSecurityHeaders(new Response(), previews).headers.get(POLICY) ?? "";
  assertStringIncludes(policy(), "frame-src 'self';");
  assertStringIncludes(
    policy(new URL("https://files.example")),
    "frame-src https://files.example;",
  );
});

Deno.test("withSecurityHeaders() takes a redirect, whose own headers cannot be changed", () => {
  const response = withSecurityHeaders(Response.redirect("http://localhost/next"));
  assertEquals(response.headers.get("location"), "http://localhost/next");
  assertEquals(response.headers.get("x-frame-options"), "DENY");
});

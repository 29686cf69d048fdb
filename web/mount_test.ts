import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { mountWeb } from "./mount.ts";
import type { Services } from "./services.ts";

const PEER: Deno.ServeHandlerInfo = {
  remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 1 },
  completed: Promise.resolve(),
};

Deno.test("mountWeb() serves static files; every answer carries the policy", async () => {
  // Static files and CSRF come before anything that asks the relay.
  const services = { publicUrl: new URL("https://chatcode.example") } as Services;
  const handle = await mountWeb(services, { mode: "development" });

  const css = await handle(new Request("http://relay/vendor/xterm.css"), PEER);
  assertEquals(css.status, 200);
  assertStringIncludes(await css.text(), ".xterm");

  const crossSite = { method: "POST", headers: { origin: "https://evil.example" } };
  const refused = await handle(new Request("http://relay/", crossSite), PEER);
  assertEquals(refused.status, 403);
  for (const { headers } of [css, refused]) {
    const policy = headers.get("content-security-policy") ?? "";
    assertMatch(policy, /^default-src 'none'; script-src 'self';/);
    assertEquals(headers.get("x-content-type-options"), "nosniff");
  }
});

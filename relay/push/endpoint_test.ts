import { assertEquals } from "@std/assert";
import { checkEndpoint } from "./endpoint.ts";

const strict = { allowLoopback: false };

Deno.test("endpoints that are not https to a name are refused", async () => {
  const endpoints = [
    "http://push.example.com/x",
    "https://127.0.0.1/x",
    "https://2130706433/x",
    "https://0x7f.1/x",
    "https://[::1]/x",
    "https://[::ffff:127.0.0.1]/x",
    "https://localhost/x",
    "https://metadata/x",
    "https://localhost./x",
    "https://user@push.example.com/x",
    "https://push.example.com:8443/x",
    "http://127.0.0.1:9/x",
    "ftp://push.example.com/x",
    "javascript:alert(1)",
    "nonsense",
  ];
  for (const endpoint of endpoints) {
    assertEquals([endpoint, await checkEndpoint(endpoint, strict)], [endpoint, "refused"]);
  }
});

Deno.test("a name that resolves to this machine is refused, one that does not resolve may later", async () => {
  // In every resolver that follows RFC 6761 names under .localhost are this machine's.
  const local = await checkEndpoint("https://push.localhost/x", strict);
  assertEquals(["refused", "unresolved"].includes(local), true);
  assertEquals(await checkEndpoint("https://push.invalid/x", strict), "unresolved");
});

Deno.test("tests may use this machine, by its address and in http only", async () => {
  const loose = { allowLoopback: true };
  assertEquals(await checkEndpoint("http://127.0.0.1:9/x", loose), "ok");
  assertEquals(await checkEndpoint("http://10.0.0.1/x", loose), "refused");
  assertEquals(await checkEndpoint("https://127.0.0.1/x", loose), "refused");
});

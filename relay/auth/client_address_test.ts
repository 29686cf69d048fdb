import { assertEquals } from "@std/assert";
import { addressKey, clientAddress } from "./client_address.ts";

const direct: Deno.NetAddr = { transport: "tcp", hostname: "10.0.0.1", port: 1 };
const seen = (forwarded: string, hops: number) =>
  clientAddress({ headers: new Headers({ "x-forwarded-for": forwarded }) }, direct, hops);

Deno.test("X-Forwarded-For counts only as far as our own proxies wrote it", () => {
  assertEquals(seen("1.1.1.1, 2.2.2.2", 0), "10.0.0.1");
  assertEquals(seen("1.1.1.1, 2.2.2.2", 1), "2.2.2.2");
  assertEquals(seen("1.1.1.1, 2.2.2.2", 2), "1.1.1.1");
  assertEquals(seen("1.1.1.1", 2), "10.0.0.1", "fewer hops than promised");
  assertEquals(seen("<script>", 1), "10.0.0.1");
  assertEquals(seen("2001:db8::1", 1), "2001:db8::1");
});

Deno.test("one client is an IPv4 address or the /64 of an IPv6 address", () => {
  assertEquals(addressKey("192.0.2.1"), "192.0.2.1");
  assertEquals(addressKey("::ffff:192.0.2.1"), "192.0.2.1");
  assertEquals(addressKey("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  assertEquals(addressKey("2001:DB8:1:2::"), "2001:db8:1:2::/64");
  assertEquals(addressKey("[fe80::1%eth0]"), "fe80:0:0:0::/64");
  assertEquals(addressKey("::1"), "0:0:0:0::/64");
  for (const text of ["", "local", "1.2.3", "1:2", "::1::", "12345::", "1.2.3.999"]) {
    assertEquals(addressKey(text), "other", text);
  }
});

import { assertEquals } from "@std/assert";
import { SessionCookie } from "./cookie.ts";

Deno.test("over https the cookie is bound to the host, over http it is plain", () => {
  const secure = new SessionCookie(new URL("https://relay.example/"));
  assertEquals(
    secure.encode("abc", 60_000),
    "__Host-chatcode=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure",
  );
  const plain = new SessionCookie(new URL("http://127.0.0.1:8000/"));
  assertEquals(plain.clear(), "chatcode=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
});

Deno.test("only the cookie of that very name is taken", () => {
  const secure = new SessionCookie(new URL("https://relay.example/"));
  const parse = (cookie: string) => secure.parse(new Headers({ cookie }));
  assertEquals(parse("a=1; __Host-chatcode=abc; b=2"), "abc");
  assertEquals(parse("chatcode=abc"), undefined);
  assertEquals(secure.parse(new Headers()), undefined);
  for (const odd of ["", "=", "=abc", ";;", "__Host-chatcode"]) {
    assertEquals(parse(odd) ?? "", "", `"${odd}"`);
  }
});

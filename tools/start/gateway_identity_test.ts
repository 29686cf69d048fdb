import { assertEquals } from "@std/assert";
import { loadIdentity, saveIdentity } from "./gateway_identity.ts";

Deno.test("an identity is kept for its owner alone, and a damaged one is none", async () => {
  const dir = await Deno.makeTempDir();
  try {
    assertEquals(await loadIdentity(dir), undefined);
    for (const token of ["first", "second"]) {
      await saveIdentity(dir, { id: "local", token });
      assertEquals(await loadIdentity(dir), { id: "local", token });
    }
    assertEquals(((await Deno.stat(`${dir}/gateway.json`)).mode ?? 0) & 0o777, 0o600);
    for (const text of ["{", "{}", "null", '{"id":1,"token":"x"}']) {
      await Deno.writeTextFile(`${dir}/gateway.json`, text);
      assertEquals(await loadIdentity(dir), undefined);
    }
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

import { assertEquals } from "@std/assert";
import { CHROMIUM_VARIABLE, findChromium } from "./chromium.ts";

Deno.test("findChromium() takes the one that is named, or says why there is none", async () => {
  const before = Deno.env.get(CHROMIUM_VARIABLE);
  const path = await Deno.makeTempFile();
  try {
    Deno.env.set(CHROMIUM_VARIABLE, path);
    assertEquals(findChromium().path, path);
    await Deno.remove(path);
    assertEquals(findChromium().missing, `no Chromium at ${path}`);
  } finally {
    if (before === undefined) Deno.env.delete(CHROMIUM_VARIABLE);
    else Deno.env.set(CHROMIUM_VARIABLE, before);
  }
});

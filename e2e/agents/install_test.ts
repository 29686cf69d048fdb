import { assertEquals, assertStringIncludes } from "@std/assert";
import { installAgents } from "./install.ts";

Deno.test("installAgents() says why not, where there is no npm", async () => {
  const cache = await Deno.makeTempDir({ prefix: "cc-install-" });
  try {
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", new URL("install.ts", import.meta.url).pathname],
      env: { CHATCODE_AGENTS_CACHE: cache, PATH: cache },
    }).output();
    assertEquals(code, 1);
    assertStringIncludes(new TextDecoder().decode(stdout), "npm is not installed");
    const left = (await Array.fromAsync(Deno.readDir(cache))).map(({ name }) => name).sort();
    assertEquals(left, ["lock", "scratch"]);
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
});

Deno.test("installAgents() tries once where no registry answers, and says so each time", async () => {
  const cache = await Deno.makeTempDir({ prefix: "cc-install-" });
  const install = async () => {
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", new URL("install.ts", import.meta.url).pathname],
      env: {
        CHATCODE_AGENTS_CACHE: cache,
        npm_config_cache: `${cache}/npm`,
        npm_config_registry: "http://127.0.0.1:9/",
        npm_config_fetch_retries: "0",
      },
    }).output();
    const said = new TextDecoder().decode(stdout).trim().split("\n");
    return { code, said };
  };
  try {
    const first = await install();
    if (first.said.at(-1) === "npm is not installed") return;
    const again = await install();
    assertEquals([first.code, again.code], [1, 1]);
    assertStringIncludes(first.said.at(-1) ?? "", "npm cannot bring the agents");
    assertEquals(first.said.length, 2, "it says that it installs");
    assertEquals(again.said, first.said.slice(1), "it does not try again");
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
});

Deno.test("installAgents() finds at once what it has installed", async () => {
  const first = await installAgents();
  const startedMs = performance.now();
  assertEquals(await installAgents(), first);
  // Nothing is fetched twice: that would take half a minute at best.
  if (first.missing === undefined) assertEquals(performance.now() - startedMs < 1000, true);
});

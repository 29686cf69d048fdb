import { assertEquals, assertStringIncludes } from "@std/assert";
import { SKIPS_FILE_VARIABLE } from "./skip.ts";

Deno.test("skipWhen() skips only for a reason, and tells it", async () => {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(
      `${dir}/a_test.ts`,
      `import { skipWhen } from "${import.meta.resolve("./skip.ts")}";
       Deno.test({ ...skipWhen("runs", undefined), fn() {} });
       Deno.test({ ...skipWhen("paints", "no browser here"), fn() {} });`,
    );
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "-A", "--no-check", "--no-config", "--no-lock", `${dir}/a_test.ts`],
      env: { [SKIPS_FILE_VARIABLE]: `${dir}/skips`, NO_COLOR: "1" },
    }).output();
    const output = new TextDecoder().decode(stdout);
    assertEquals(code, 0);
    assertStringIncludes(output, "SKIP paints: no browser here");
    assertStringIncludes(output, "1 passed | 0 failed | 1 ignored");
    assertEquals(
      await Deno.readTextFile(`${dir}/skips`),
      '{"test":"paints","reason":"no browser here"}\n',
    );
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

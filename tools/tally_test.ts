import { assertEquals, assertThrows } from "@std/assert";
import { readJunit, tallyText } from "./tally.ts";

const TESTS = `
  Deno.test("with steps > and a bracket", async (t) => {
    await t.step("a <step>", () => {});
    await t.step("outer", (t) => t.step("inner", () => {}).then(() => {}));
  });
  Deno.test("fails in a step", async (t) => {
    await t.step("bad", () => { throw new Error("</testcase><skipped/>"); });
  });
  Deno.test({ name: 'ignored "quoted"', ignore: true, fn() {} });
  for (const _ of [1, 2]) Deno.test("same place, same name", () => {});
  Deno.test("twice", () => {}); Deno.test("twice", () => {});
`;

Deno.test("readJunit() counts what Deno itself reports, each test once", async () => {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${dir}/a_test.ts`, TESTS);
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "--no-config", "--no-check", `--junit-path=${dir}/report.xml`, dir],
      stdout: "null",
      stderr: "null",
    }).output();
    assertEquals(code, 1);
    const { tally, skipped } = readJunit(await Deno.readTextFile(`${dir}/report.xml`));
    assertEquals(skipped.map(({ test }) => test), ['ignored "quoted"']);
    assertEquals(tallyText(tally), "5 passed, 1 failed, 1 skipped");
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("readJunit() does not take an empty or cut file for a run without tests", () => {
  for (const text of ["", '<testsuites tests="1">']) {
    assertThrows(() => readJunit(text), Error, "Cannot read the report");
  }
});

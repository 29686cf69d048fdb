import { assert, assertEquals, assertMatch } from "@std/assert";
import { runSuite, type SuiteResult } from "./run_suite.ts";
import { DEPLOY_DENO_VERSION, listTests, type Suite, SUITES } from "./suites.ts";
import { tallyText } from "./tally.ts";

const SKIP = import.meta.resolve("../kit/testing/skip.ts");

async function run(
  files: Record<string, string>,
  suite: Partial<Suite> = {},
  options: { again?: boolean } = {},
): Promise<SuiteResult & { text: string }> {
  const dir = await Deno.makeTempDir();
  try {
    const root = new URL(`file://${dir}/`);
    await Deno.writeTextFile(new URL("deno.json", root), `{ "lock": false }`);
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(new URL(name, root), text);
    }
    const result = await runSuite({
      name: "unit",
      about: "a test of the tests",
      byDefault: true,
      deadlineMs: 60_000,
      work: { kind: "tests", files: /_test\.ts$/ },
      ...suite,
    }, { root, files: Object.keys(files), quiet: true, ...options });
    return { ...result, text: tallyText(result.tally) };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("runSuite() counts, and tells why a test was skipped", async () => {
  const { text, skipped, failures } = await run({
    "a_test.ts": `import { skipWhen } from "${SKIP}";
      Deno.test("good", () => {});
      Deno.test("bad", () => { throw new Error("as meant: this test fails"); });
      Deno.test({ ...skipWhen("paints", "no browser here"), fn() {} });
      Deno.test({ name: "mute", ignore: true, fn() {} });`,
  });
  assertEquals(text, "1 passed, 1 failed, 2 skipped");
  assertEquals(skipped, [
    "paints (./a_test.ts): no browser here",
    "mute (./a_test.ts): no reason given",
  ]);
  assertEquals(failures, []);
});

Deno.test("runSuite() with `again` runs failed files once more, and tells what passed only then", async () => {
  const files = {
    "flaky_test.ts": `Deno.test("flaky", async () => {
      const seen = new URL("./seen", import.meta.url);
      if (await Deno.stat(seen).then(() => true, () => false)) return;
      await Deno.writeTextFile(seen, "");
      throw new Error("as meant: only the first time");
    });`,
    "bad_test.ts": `Deno.test("bad", () => { throw new Error("as meant: this test fails"); });`,
    "good_test.ts": `Deno.test("good", () => {});`,
  };
  assertEquals((await run(files)).text, "1 passed, 2 failed, 0 skipped");
  const { text, flaky } = await run(files, {}, { again: true });
  assertEquals(text, "2 passed, 1 failed, 0 skipped");
  assertEquals(flaky, ["flaky (flaky_test.ts)"]);
});

Deno.test("runSuite() counts a file that does not load as a failure", async () => {
  const { text, failures } = await run({
    "a_test.ts": `Deno.test("good", () => {});`,
    "b_test.ts": `throw new Error("as meant: this file does not load");`,
  });
  assertMatch(text, /^[01] passed, 1 failed, 0 skipped$/);
  assertEquals(failures, ["exit status 1"]);
});

Deno.test("runSuite() counts a suite without tests as a failure", async () => {
  const { text, failures } = await run({ "a.ts": "" });
  assertEquals(text, "0 passed, 1 failed, 0 skipped");
  assertEquals(failures, ["no test file belongs to it"]);
});

Deno.test("runSuite() ends what takes too long, and counts it as a failure", async () => {
  const { text, failures } = await run({
    "a_test.ts": `Deno.test("hangs", () => new Promise((go) => setTimeout(go, 60_000)));`,
  }, { deadlineMs: 300 });
  assertEquals(text, "0 passed, 1 failed, 0 skipped");
  assertEquals(failures, ["took longer than it may"]);
});

Deno.test("runSuite() counts each command as a test", async () => {
  const { text, failures } = await run({ "a.ts": "console.log('as meant')" }, {
    work: { kind: "commands", commands: [["run", "a.ts"], ["run", "none.ts"]] },
  });
  assertEquals(text, "1 passed, 1 failed, 0 skipped");
  assertEquals(failures, ["deno run none.ts: exit status 1"]);
});

Deno.test("runSuite() runs on another Deno, and leaves the tree as it was", async () => {
  const { text, failures } = await run({
    "a_test.ts": `Deno.test("version", () => {
      if (Deno.version.deno !== "${DEPLOY_DENO_VERSION}") throw new Error(Deno.version.deno);
    });`,
  }, { work: { kind: "tests", files: /_test\.ts$/, deno: DEPLOY_DENO_VERSION } });
  assertEquals([text, failures], ["1 passed, 0 failed, 0 skipped", []]);
});

Deno.test("every test file belongs to exactly one suite, the ones on another Deno aside", async () => {
  const own = SUITES.flatMap(({ work }) => work.kind === "tests" && !work.deno ? [work.files] : []);
  const files = await listTests(new URL("../", import.meta.url));
  assert(files.length > 0);
  const odd = files.filter((file) => own.filter((pattern) => pattern.test(file)).length !== 1);
  assertEquals(odd, []);
});

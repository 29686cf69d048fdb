/**
 * Runs tests: `deno task test [--all] [--only SUITE,…] [--filter TEXT] [--again] [FOLDER-OR-FILE…]`.
 * The last line of its output is `N passed, N failed, N skipped`, alone; it exits with 1 if
 * anything failed.
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { CHROMIUM_VARIABLE } from "../kit/testing/chromium.ts";
import { needChromium, NeedError, needTmux } from "./need.ts";
import { runSuite, type SuiteResult } from "./run_suite.ts";
import { listTests, type Suite, SUITES } from "./suites.ts";
import { addTallies, NO_TESTS, tallyText } from "./tally.ts";

const USAGE =
  `Usage: deno task test [--all] [--only SUITE,...] [--filter TEXT] [--again] [FOLDER-OR-FILE...]

Without --all or --only it runs the suites marked with *. With --again, files in which a test failed
are run once more, and what passes then is listed as flaky.
${
    SUITES.map(({ name, about, byDefault }) => `${byDefault ? "*" : " "} ${name}: ${about}`).join(
      "\n",
    )
  }`;

async function main(): Promise<number> {
  const args = parseArgs(Deno.args, {
    boolean: ["all", "again", "help"],
    string: ["only", "filter"],
    collect: ["only"],
    unknown: (arg) => {
      if (arg.startsWith("-")) throw new RangeError(`"${arg}" is no option. ${USAGE}`);
    },
  });
  if (args.help) {
    console.log(USAGE);
    return 0;
  }
  const suites = chooseSuites(
    Boolean(args.all),
    (args.only as string[]).flatMap((s) => s.split(",")),
  );
  const root = new URL("../", import.meta.url);
  const paths = args._.map((path) => String(path).replace(/^\.\//, "").replace(/\/$/, ""));
  const files = (await listTests(root)).filter((file) =>
    paths.length === 0 || paths.some((path) => file === path || file.startsWith(`${path}/`))
  );
  // Suites that a path leaves without a single file are not meant.
  const meant = paths.length === 0
    ? suites
    : suites.filter(({ work }) =>
      work.kind === "tests" && files.some((file) => work.files.test(file))
    );

  const env: Record<string, string> = {};
  if (meant.some(({ work }) => work.kind === "tests")) {
    await needTmux();
    const chromium = await chromiumOrReason();
    if (chromium.path !== undefined) env[CHROMIUM_VARIABLE] = chromium.path;
    else console.error(`BROWSER TESTS WILL BE SKIPPED: ${chromium.reason}`);
  }

  const results: SuiteResult[] = [];
  for (const suite of meant) {
    console.log(`\n=== ${suite.name}: ${suite.about}`);
    const again = Boolean(args.again);
    results.push(await runSuite(suite, { root, files, env, again, filter: args.filter as string }));
  }
  return report(results);
}

/** @throws {RangeError} naming the suites there are */
function chooseSuites(all: boolean, only: readonly string[]): readonly Suite[] {
  if (all) return SUITES;
  if (only.length === 0) return SUITES.filter(({ byDefault }) => byDefault);
  return only.map((name) => {
    const suite = SUITES.find((suite) => suite.name === name);
    if (!suite) throw new RangeError(`"${name}" is no suite. ${USAGE}`);
    return suite;
  });
}

async function chromiumOrReason(): Promise<{ path?: string; reason?: string }> {
  try {
    return { path: await needChromium() };
  } catch (error) {
    if (error instanceof NeedError) return { reason: error.message };
    throw error;
  }
}

function report(results: readonly SuiteResult[]): number {
  console.log("\n=== Result");
  for (const { suite, tally, ms } of results) {
    console.log(`${suite.name}: ${tallyText(tally)} (${(ms / 1000).toFixed(1)} s)`);
  }
  for (const { suite, failures } of results) {
    for (const failure of failures) console.log(`FAILED ${suite.name}: ${failure}`);
  }
  const flaky = results.flatMap(({ flaky }) => flaky);
  if (flaky.length > 0) {
    console.log(`FLAKY, PASSED ONLY AT THE SECOND TRY, ${flaky.length} in all:`);
  }
  for (const line of flaky) console.log(`  ${line}`);
  const skipped = results.flatMap(({ skipped }) => skipped);
  if (skipped.length > 0) console.log(`SKIPPED, ${skipped.length} in all:`);
  for (const line of skipped) console.log(`  ${line}`);
  const total = results.map(({ tally }) => tally).reduce(addTallies, NO_TESTS);
  console.log(`\n${tallyText(total)}`);
  return total.failed > 0 || total.passed === 0 ? 1 : 0;
}

if (import.meta.main) {
  try {
    Deno.exit(await main());
  } catch (error) {
    if (error instanceof RangeError) {
      console.error(error.message);
      Deno.exit(2);
    }
    if (!(error instanceof NeedError)) throw error;
    console.error(error.message);
    console.log("0 passed, 1 failed, 0 skipped");
    Deno.exit(1);
  }
}

import { SKIPS_FILE_VARIABLE } from "../kit/testing/skip.ts";
import { openDeno } from "./other_deno.ts";
import type { Suite } from "./suites.ts";
import { addTallies, NO_TESTS, readJunit, type ReportedTest, type Tally } from "./tally.ts";

export interface RunSuiteOptions {
  /** The project's folder; ends in a slash. */
  readonly root: URL;
  /** All test files, as paths from `root`. */
  readonly files: readonly string[];
  /** Added to this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Runs only tests whose name has this text. */
  readonly filter?: string | undefined;
  /** Files in which a test failed are run once more; what passes then is told in `flaky`. */
  readonly again?: boolean;
  /** Prints nothing. */
  readonly quiet?: boolean;
}

export interface SuiteResult {
  readonly suite: Suite;
  readonly tally: Tally;
  /** What was skipped and why, one line each. */
  readonly skipped: readonly string[];
  /** What failed beyond single tests, one line each. */
  readonly failures: readonly string[];
  /** What failed at first and passed when its file was run once more, one line each. */
  readonly flaky: readonly string[];
  readonly ms: number;
}

/** Runs one suite to its end or its deadline. What it prints goes straight to our own output. */
export async function runSuite(suite: Suite, options: RunSuiteOptions): Promise<SuiteResult> {
  const startedMs = performance.now();
  const { work } = suite;
  const deadline = AbortSignal.timeout(suite.deadlineMs);
  const done = work.kind === "commands"
    ? await runCommands(work.commands, options, deadline)
    : await runTests(work, options, deadline);
  return { suite, ...done, ms: Math.round(performance.now() - startedMs) };
}

type Outcome = Pick<SuiteResult, "tally" | "skipped" | "failures" | "flaky">;

async function runCommands(
  commands: readonly (readonly string[])[],
  options: RunSuiteOptions,
  deadline: AbortSignal,
): Promise<Outcome> {
  let tally = NO_TESTS;
  const failures: string[] = [];
  for (const command of commands) {
    const title = `deno ${command.join(" ")}`;
    if (!options.quiet) console.log(`$ ${title}`);
    const end = await runDeno(Deno.execPath(), command, options, deadline);
    if (end !== "ok") failures.push(`${title}: ${end}`);
    tally = addTallies(tally, { ...NO_TESTS, [end === "ok" ? "passed" : "failed"]: 1 });
  }
  return { tally, skipped: [], failures, flaky: [] };
}

async function runTests(
  work: Suite["work"] & { kind: "tests" },
  options: RunSuiteOptions,
  deadline: AbortSignal,
): Promise<Outcome> {
  const files = options.files.filter((file) => work.files.test(file));
  // A suite that lost its tests must not pass for it.
  if (files.length === 0) return broken("no test file belongs to it");
  await using stack = new AsyncDisposableStack();
  let deno = Deno.execPath();
  const args = ["test", "--allow-all", "--no-check"];
  if (work.deno !== undefined) {
    try {
      deno = stack.use(await openDeno(work.deno)).path;
    } catch (error) {
      return broken(error instanceof Error ? error.message : String(error));
    }
    // The project's lock and node_modules belong to the project's own Deno.
    args.push("--frozen", "--node-modules-dir=none");
  }
  if (options.filter) args.push("--filter", options.filter);
  const run = (files: readonly string[]) => runFiles(deno, args, files, options, deadline);
  const first = await run(files);
  if (!options.again || first.failed.length === 0 || deadline.aborted) return first;
  if (first.failures.length > 0) return first; // the process itself failed, not a test
  const failedFiles = new Set(first.failed.map(({ file }) => file));
  if (!options.quiet) console.log(`=== once more: ${[...failedFiles].join(", ")}`);
  const second = await run(files.filter((file) => failedFiles.has(file)));
  const stillFailed = new Set(second.failed.map(({ test, file }) => `${file} ${test}`));
  const healed = first.failed.filter(({ test, file }) => !stillFailed.has(`${file} ${test}`));
  if (second.failures.length > 0) return first;
  const { passed, failed, skipped } = first.tally;
  return {
    ...first,
    tally: { passed: passed + healed.length, failed: failed - healed.length, skipped },
    flaky: healed.map(({ test, file }) => `${test} (${file})`),
  };
}

type Run = Outcome & { readonly failed: readonly ReportedTest[] };

async function runFiles(
  deno: string,
  args: readonly string[],
  files: readonly string[],
  options: RunSuiteOptions,
  deadline: AbortSignal,
): Promise<Run> {
  const dir = await Deno.makeTempDir({ prefix: "chatcode-test-" });
  try {
    const env = { ...options.env, [SKIPS_FILE_VARIABLE]: `${dir}/skips` };
    const all = [...args, `--junit-path=${dir}/report.xml`, ...files];
    const end = await runDeno(deno, all, { ...options, env }, deadline);
    return await readOutcome(dir, end); // before the folder goes
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function readOutcome(dir: string, end: string): Promise<Run> {
  let report: ReturnType<typeof readJunit>;
  try {
    report = readJunit(await Deno.readTextFile(`${dir}/report.xml`));
  } catch {
    return broken(end === "ok" ? "it wrote no report" : end);
  }
  const reasons = await readReasons(`${dir}/skips`);
  const skipped = report.skipped.map(({ test, file }) =>
    `${test} (${file}): ${reasons.get(test) ?? "no reason given"}`
  );
  const failed = report.failed.map(({ test, file }) => ({ test, file: file.replace(/^\.\//, "") }));
  const { tally } = report;
  if (end === "ok" || tally.failed > 0 && !end.startsWith("took")) {
    return { tally, skipped, failures: [], flaky: [], failed };
  }
  // A file that does not load, or a process that is killed, is in no report.
  const failures = [end];
  return { tally: { ...tally, failed: tally.failed + 1 }, skipped, failures, flaky: [], failed };
}

async function readReasons(path: string): Promise<Map<string, string>> {
  try {
    const lines = (await Deno.readTextFile(path)).trim().split("\n");
    return new Map(lines.map((line) => {
      const { test, reason } = JSON.parse(line);
      return [test, reason];
    }));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return new Map();
    throw error;
  }
}

/** @returns "ok", or in words how it ended */
async function runDeno(
  deno: string,
  args: readonly string[],
  { root, env, quiet }: RunSuiteOptions,
  deadline: AbortSignal,
): Promise<string> {
  const child = new Deno.Command(deno, {
    args: [...args],
    cwd: root,
    ...env && { env },
    stdin: "null",
    stdout: quiet ? "null" : "inherit",
    stderr: quiet ? "null" : "inherit",
  }).spawn();
  const kill = () => child.kill("SIGKILL");
  if (deadline.aborted) kill();
  deadline.addEventListener("abort", kill, { once: true });
  const { success, code, signal } = await child.status;
  deadline.removeEventListener("abort", kill);
  if (deadline.aborted) return "took longer than it may";
  if (success) return "ok";
  return signal === null ? `exit status ${code}` : `killed by ${signal}`;
}

function broken(why: string): Run {
  const tally = { ...NO_TESTS, failed: 1 };
  return { tally, skipped: [], failures: [why], flaky: [], failed: [] };
}

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** One test of a report. */
export interface ReportedTest {
  readonly test: string;
  readonly file: string;
}

export const NO_TESTS: Tally = { passed: 0, failed: 0, skipped: 0 };

export function addTallies(a: Tally, b: Tally): Tally {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
  };
}

export function tallyText({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/**
 * Reads the JUnit report that `deno test --junit-path` writes. Steps are part of their test and
 * are not counted again.
 * @throws {Error} if the text is no such report
 */
export function readJunit(
  xml: string,
): { tally: Tally; skipped: readonly ReportedTest[]; failed: readonly ReportedTest[] } {
  if (!/<testsuites[\s>].*<\/testsuites>/s.test(xml)) {
    throw new Error("Cannot read the report: it is no whole JUnit file");
  }
  const tests: (ReportedTest & { readonly state: keyof Tally })[] = [];
  for (const [, attributes = "", body = ""] of xml.matchAll(TESTCASE)) {
    const state = /<(failure|error)\b/.test(body)
      ? "failed"
      : /<skipped\b/.test(body)
      ? "skipped"
      : "passed";
    tests.push({
      test: attribute(attributes, "name"),
      file: attribute(attributes, "classname"),
      state,
    });
  }
  const names = new Set(tests.map(({ file, test }) => `${file}\n${test}`));
  const whole = tests.filter(({ file, test }) =>
    !parents(test).some((parent) => names.has(`${file}\n${parent}`))
  );
  const those = (wanted: keyof Tally) => whole.filter(({ state }) => state === wanted);
  const [passed, failed, skipped] = [those("passed"), those("failed"), those("skipped")];
  return {
    tally: { passed: passed.length, failed: failed.length, skipped: skipped.length },
    skipped,
    failed,
  };
}

const TESTCASE = /<testcase\b([^>]*?)(?:\/>|>(.*?)<\/testcase>)/gs;

/** The names that a step called `name` may have as its test: Deno joins them by " > ". */
function parents(name: string): string[] {
  const parts = name.split(" > ");
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join(" > "));
}

function attribute(attributes: string, name: string): string {
  return unescapeXml(new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? "");
}

function unescapeXml(text: string): string {
  const entities: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
  return text.replace(/&(#x?[\da-f]+|\w+);/gi, (whole, entity: string) => {
    if (!entity.startsWith("#")) return entities[entity] ?? whole;
    const hex = entity[1] === "x" || entity[1] === "X";
    return String.fromCodePoint(parseInt(entity.slice(hex ? 2 : 1), hex ? 16 : 10));
  });
}

/**
 * Measures the way of a key and of bulk output through real processes on loopback:
 * `deno task bench [--json] [--quick] [--driver NAME]`. `--json` prints one JSON object on one line
 * and nothing else. Exits with 2 on a wrong command line, with 3 if the driver is not installed.
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { DriverMissing } from "./driver.ts";
import { DRIVERS } from "./drivers/mod.ts";
import { measure } from "./measure.ts";
import { jsonLine, table } from "./report.ts";

const USAGE = `Usage: deno task bench [--json] [--quick] [--driver ${
  Object.keys(DRIVERS).join("|")
}]`;

async function main(args: readonly string[]): Promise<number> {
  let wrong: string | undefined;
  const flags = parseArgs(args, {
    string: ["driver"],
    boolean: ["json", "quick", "help"],
    default: { driver: "chatcode" },
    unknown: (arg) => {
      wrong ??= arg;
    },
  });
  if (flags.help === true) {
    console.log(USAGE);
    return 0;
  }
  const startDriver = DRIVERS[String(flags.driver)];
  if (wrong !== undefined || startDriver === undefined) {
    console.error(
      wrong === undefined ? `No driver "${flags.driver}"` : `Unknown argument ${wrong}`,
    );
    console.error(USAGE);
    return 2;
  }
  const tell = flags.json === true ? () => {} : (line: string) => console.error(line);
  try {
    const figures = await measure(startDriver, { quick: flags.quick === true, tell });
    console.log(flags.json === true ? jsonLine(figures) : table(String(flags.driver), figures));
    return 0;
  } catch (error) {
    if (!(error instanceof DriverMissing)) throw error;
    console.error(`Cannot measure: ${error.message}`);
    return 3;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));

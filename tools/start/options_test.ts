import { assertEquals, assertThrows } from "@std/assert";
import { parseStartOptions } from "./options.ts";

const PLACES = { root: "/project", cwd: "/here" };

Deno.test("without options it is the project's own data and the default port", () => {
  assertEquals(parseStartOptions([], PLACES), {
    port: 8420,
    dataDir: "/project/.data",
    ownData: true,
    telegramTokenFile: undefined,
    open: true,
    json: false,
    verbose: false,
  });
});

Deno.test("a folder is taken from where the person stands", () => {
  const options = parseStartOptions(["--data", "x/y/", "--port=0", "--no-open"], PLACES);
  assertEquals(options?.dataDir, "/here/x/y");
  assertEquals([options?.port, options?.open, options?.ownData], [0, false, false]);
  assertEquals(parseStartOptions(["--data=/x"], PLACES)?.dataDir, "/x");
  const bot = (file: string) =>
    parseStartOptions(["--telegram-token-file", file], PLACES)?.telegramTokenFile;
  assertEquals([bot("bot"), bot("/x/bot")], ["/here/bot", "/x/bot"]);
});

Deno.test("--json never opens a browser", () => {
  assertEquals(parseStartOptions(["--json"], PLACES)?.open, false);
});

Deno.test("--help gives no options", () => {
  assertEquals(parseStartOptions(["--help"], PLACES), undefined);
});

for (
  const [args, why] of [
    [["--port", "http"], "--port wants a number from 0 to 65535"],
    [["--port", "70000"], "--port wants a number from 0 to 65535"],
    [["--data="], "--data wants a folder"],
    [["--prot", "80"], '"--prot" is no option'],
    [["stop"], '"stop" is no option'],
  ] as const
) {
  Deno.test(`${args.join(" ")} is refused`, () => {
    assertThrows(() => parseStartOptions(args, PLACES), RangeError, why);
  });
}

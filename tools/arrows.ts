/** `from` imports `to`; both are paths from the root, such as `gateway/pane/ring.ts`. */
export interface Arrow {
  readonly from: string;
  readonly to: string;
}

/** What each shipped room may import of the others. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  kit: [],
  gateway: ["protocol", "kit"],
  relay: ["protocol", "kit"],
  web: ["protocol", "kit"],
};

/** Rooms that work on the product from outside: they may import anything, and nothing ships them. */
const WORKSHOPS: readonly string[] = ["e2e", "bench", "tools"];

/** The relay mounts the web app, and does for it what the app's interface asks. */
const MOUNT: readonly Arrow[] = [
  { from: "relay/main.ts", to: "web/mount.ts" },
  { from: "relay/web_services.ts", to: "web/services.ts" },
];

/** The relay's tests of Telegram talk to the stand-in for it, which ships with nothing. */
const STAND_IN = "e2e/telegram/bot_api/mod.ts";

/** Whether `path` is a test, or holds what only tests use. */
export function isTestFile(path: string): boolean {
  return /_(test|contract)\.tsx?$|(^|\/)(testing|testdata)\//.test(path);
}

/** The rule that the import breaks, in words; `undefined` when it is allowed. */
export function brokenRule({ from, to }: Arrow): string | undefined {
  const fromRoom = room(from);
  const toRoom = room(to);
  if (/^e2e\/independent_client[^/]*$/.test(from)) {
    return isTestFile(from) && toRoom === "e2e"
      ? undefined
      : "the independent client imports nothing of ours";
  }
  if (WORKSHOPS.includes(fromRoom)) return undefined;
  if (to === STAND_IN && fromRoom === "relay" && isTestFile(from)) return undefined;
  if (WORKSHOPS.includes(toRoom)) return `no room imports ${toRoom}`;
  const allowed = MAY_IMPORT[fromRoom];
  if (allowed === undefined) return `"${fromRoom}" is no room that check_arrows knows`;
  if (isTestFile(to) && !isTestFile(from)) return "only tests import what is made for tests";
  if (fromRoom === toRoom) return undefined;
  if (MOUNT.some((arrow) => arrow.from === from && arrow.to === to)) return undefined;
  if (!allowed.includes(toRoom)) return `${fromRoom} does not import ${toRoom}`;
  if (to === `${toRoom}/mod.ts` || isTestFile(to)) return undefined;
  return `${toRoom}/mod.ts is the only door of ${toRoom}`;
}

function room(path: string): string {
  return path.split("/", 1)[0] ?? "";
}

import { listSources } from "./sources.ts";

/** The Deno that Deno Deploy documents as its runtime; the rooms that run there pass on it too. */
export const DEPLOY_DENO_VERSION = "2.5.7";

export type SuiteName =
  | "gate"
  | "unit"
  | "e2e"
  | "agents"
  | "telegram"
  | "cuts"
  | "slow"
  | "fuzz"
  | "bench"
  | "install"
  | "deno25";

export interface Suite {
  readonly name: SuiteName;
  readonly about: string;
  /** Whether plain `deno task test` runs it; `--all` runs every suite. */
  readonly byDefault: boolean;
  /** The suite fails if it takes longer. */
  readonly deadlineMs: number;
  readonly work:
    | { readonly kind: "tests"; readonly files: RegExp; readonly deno?: string }
    /** Arguments to Deno; each command counts as one test. */
    | { readonly kind: "commands"; readonly commands: readonly (readonly string[])[] };
}

const MINUTE_MS = 60_000;

/** Every suite there is, in the order in which they run. */
export const SUITES: readonly Suite[] = [
  {
    name: "gate",
    about: "lock, format, lint, types, arrows between rooms",
    byDefault: false,
    deadlineMs: 5 * MINUTE_MS,
    work: {
      kind: "commands",
      commands: [["install", "--frozen"], ["fmt", "--check"], ["lint"], ["check", "."], [
        "task",
        "arrows",
      ]],
    },
  },
  {
    name: "unit",
    about: "each room's own tests",
    byDefault: true,
    deadlineMs: 15 * MINUTE_MS,
    work: { kind: "tests", files: /^(protocol|kit|gateway|relay|web|tools)\/.*_test\.tsx?$/ },
  },
  {
    name: "e2e",
    about: "journeys with real processes, tmux and Chromium",
    byDefault: true,
    deadlineMs: 12 * MINUTE_MS,
    work: { kind: "tests", files: /^e2e\/(harness\/)?[^/]*_test\.ts$/ },
  },
  {
    name: "agents",
    about: "the four real coding agents against a fake model; fetches 1.2 GB once",
    byDefault: false,
    deadlineMs: 35 * MINUTE_MS,
    work: { kind: "tests", files: /^e2e\/agents\/.*_test\.ts$/ },
  },
  {
    name: "telegram",
    about: "Telegram against a stand-in of its Bot API, files by the gigabyte, voice",
    byDefault: false,
    deadlineMs: 20 * MINUTE_MS,
    work: { kind: "tests", files: /^e2e\/(telegram|files|voice)\/.*_test\.ts$/ },
  },
  {
    name: "cuts",
    about: "relay, gateway and connection cut at random moments",
    byDefault: false,
    deadlineMs: 12 * MINUTE_MS,
    work: { kind: "tests", files: /^e2e\/cuts\/.*_test\.ts$/ },
  },
  {
    name: "slow",
    about: "viewers that stall for a minute, and what else needs patience",
    byDefault: false,
    deadlineMs: 8 * MINUTE_MS,
    work: { kind: "tests", files: /^e2e\/slow\/.*_test\.ts$/ },
  },
  {
    name: "fuzz",
    about: "malformed frames by the hundred thousand",
    byDefault: false,
    deadlineMs: 10 * MINUTE_MS,
    work: { kind: "tests", files: /^e2e\/fuzz\/.*_test\.ts$/ },
  },
  {
    name: "bench",
    about: "the bench measures what it says",
    byDefault: false,
    deadlineMs: 5 * MINUTE_MS,
    work: { kind: "tests", files: /^bench\/.*_test\.ts$/ },
  },
  {
    name: "install",
    about: "the one file, the installer, updates and cleaning up, in a booted container",
    byDefault: false,
    deadlineMs: 25 * MINUTE_MS,
    work: { kind: "tests", files: /^e2e\/install\/.*_test\.ts$/ },
  },
  {
    name: "deno25",
    about: `what runs on Deno Deploy, on Deno ${DEPLOY_DENO_VERSION}`,
    byDefault: false,
    deadlineMs: 15 * MINUTE_MS,
    work: {
      kind: "tests",
      files: /^(protocol|kit|relay|web)\/.*_test\.tsx?$/,
      deno: DEPLOY_DENO_VERSION,
    },
  },
];

/** The test files of the tree at `root` (ends in a slash), as paths from there. */
export async function listTests(root: URL): Promise<string[]> {
  return (await listSources(root)).filter((path) => /_test\.tsx?$/.test(path));
}

import { CHROMIUM_VARIABLE } from "../kit/testing/chromium.ts";
import { findProgram, type Machine, run, thisMachine } from "./machine.ts";

/** The oldest tmux that the gateway works with. */
export const TMUX_MIN_VERSION = "3.2";
/** Set to 1, nothing is ever installed: what is missing is an error that says what to type. */
export const NO_INSTALL_VARIABLE = "CHATCODE_NO_INSTALL";

export type NeedCode = "TMUX_MISSING" | "TMUX_TOO_OLD" | "CHROMIUM_MISSING" | "PROGRAM_MISSING";

/** A program is not there and could not be brought; the message says exactly what to type. */
export class NeedError extends Error {
  override readonly name = "NeedError";
  constructor(readonly code: NeedCode, message: string) {
    super(message);
  }
}

interface Recipe {
  readonly apt: readonly string[];
  readonly brew: readonly string[];
}

const TMUX: Recipe = { apt: ["tmux"], brew: ["tmux"] };
const CHROMIUM: Recipe = { apt: ["chromium", "fonts-dejavu-core"], brew: ["--cask", "chromium"] };
const CHROMIUM_NAMES = [
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/**
 * Sees to it that tmux is there, new enough, by installing it where that is allowed.
 * @returns its version, such as `3.3a`
 * @throws {NeedError} TMUX_MISSING or TMUX_TOO_OLD
 */
export async function needTmux(machine: Machine = thisMachine()): Promise<string> {
  let version = await tmuxVersion(machine);
  if (version !== undefined && !isOlder(version)) return version;
  const tried = await install(machine, "tmux", TMUX);
  version = await tmuxVersion(machine);
  if (version === undefined) throw new NeedError("TMUX_MISSING", `tmux is not installed. ${tried}`);
  if (!isOlder(version)) return version;
  throw new NeedError(
    "TMUX_TOO_OLD",
    `tmux ${version} is too old, ${TMUX_MIN_VERSION} is needed. ${tried}`,
  );
}

/**
 * Sees to it that a Chromium is there, by installing it where that is allowed.
 * @returns its path
 * @throws {NeedError} CHROMIUM_MISSING
 */
export async function needChromium(machine: Machine = thisMachine()): Promise<string> {
  const found = await findChromium(machine);
  if (found !== undefined) return found;
  const tried = await install(machine, "Chromium", CHROMIUM);
  const installed = await findChromium(machine);
  if (installed !== undefined) return installed;
  throw new NeedError("CHROMIUM_MISSING", `Chromium is not installed. ${tried}`);
}

/**
 * Sees to it that programs of Debian are there, by installing them where that is allowed.
 * @param packages the package that has each program
 * @throws {NeedError} PROGRAM_MISSING
 */
export async function needPrograms(
  packages: Readonly<Record<string, string>>,
  machine: Machine = thisMachine(),
): Promise<void> {
  const isMissing = async (program: string) => await findProgram(machine, program) === undefined;
  const missing = await Array.fromAsync(Object.keys(packages), isMissing);
  const wanted = Object.values(packages).filter((_, at) => missing[at]);
  if (wanted.length === 0) return;
  const names = [...new Set(wanted)];
  const tried = await install(machine, names.join(" "), { apt: names, brew: names });
  for (const program of Object.keys(packages)) {
    if (await isMissing(program)) {
      throw new NeedError("PROGRAM_MISSING", `${program} is not installed. ${tried}`);
    }
  }
}

async function findChromium(machine: Machine): Promise<string | undefined> {
  const chosen = machine.env[CHROMIUM_VARIABLE];
  for (const name of chosen ? [chosen] : CHROMIUM_NAMES) {
    const path = await findProgram(machine, name);
    // Ubuntu's `chromium-browser` may be a script that only says to install a snap.
    if (path && (await run(machine, [path, "--version"], 30_000)).ok) return path;
  }
  return undefined;
}

async function tmuxVersion(machine: Machine): Promise<string | undefined> {
  const path = await findProgram(machine, "tmux");
  if (path === undefined) return undefined;
  const { ok, output } = await run(machine, [path, "-V"], 30_000);
  return ok ? output.replace(/^tmux\s+/, "") : undefined;
}

/** Versions without a number (`master`, `openbsd-7.5`'s own count) are newer than any we refuse. */
function isOlder(version: string): boolean {
  const number = /^(?:next-)?(\d+)\.(\d+)/.exec(version);
  if (!number) return false;
  const [major, minor] = TMUX_MIN_VERSION.split(".").map(Number) as [number, number];
  const [, hasMajor, hasMinor] = number.map(Number) as [number, number, number];
  return hasMajor < major || (hasMajor === major && hasMinor < minor);
}

/** Tries to install. @returns what a person should know or type if it is missing all the same */
async function install(machine: Machine, what: string, recipe: Recipe): Promise<string> {
  const steps = await installSteps(machine, recipe);
  if (steps === undefined) {
    return `Install ${what} with your system's package manager, then try again`;
  }
  const typed = steps.commands.map((command) => command.map(quote).join(" ")).join(" && ");
  const advice = `Type this, then try again: ${typed}`;
  if (machine.env[NO_INSTALL_VARIABLE] === "1") return advice;
  if (!steps.allowed) return advice;
  machine.tell(`Installing ${what}: ${typed}`);
  for (const command of steps.commands) {
    const { ok, output } = await run(machine, command);
    if (!ok) {
      const end = output.split("\n").slice(-5).join("\n");
      return `Installing it failed. ${advice}\n${end}`;
    }
  }
  return `Installing it succeeded, and it is still not usable. ${advice}`;
}

interface InstallSteps {
  readonly commands: readonly (readonly string[])[];
  /** Whether they can run without asking anybody for a password. */
  readonly allowed: boolean;
}

async function installSteps(machine: Machine, recipe: Recipe): Promise<InstallSteps | undefined> {
  if (machine.os === "darwin" && await findProgram(machine, "brew")) {
    return { commands: [["brew", "install", ...recipe.brew]], allowed: true };
  }
  if (machine.os !== "linux" || !await findProgram(machine, "apt-get")) return undefined;
  const asRoot = machine.root ? [] : ["sudo"];
  const commands = [
    [...asRoot, "apt-get", "update"],
    [...asRoot, "apt-get", "install", "-y", "--no-install-recommends", ...recipe.apt],
  ];
  const sudo = machine.root ? undefined : await findProgram(machine, "sudo");
  const allowed = machine.root ||
    (sudo !== undefined && (await run(machine, [sudo, "-n", "true"], 10_000)).ok);
  return { commands, allowed };
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

import type { Flags } from "../command_line.ts";
import { readEnvFile } from "../env_file.ts";
import { ExitError } from "../exit_status.ts";
import type { BinaryPlaces } from "./installed_binary.ts";
import type { ReleaseSource } from "./release.ts";

/** What an update needs to know, frozen. */
export interface UpdateConfig {
  readonly places: BinaryPlaces;
  readonly source: ReleaseSource;
}

interface Installed {
  readonly binary: string;
  readonly settings: string;
}

/**
 * Where the installer puts things, unless `--binary`, `--env-file`, `--release-url`
 * (CHATCODE_RELEASE_URL) and `--release-key` (a file) say otherwise.
 * @throws ExitError usage, naming what is missing
 */
export function readUpdateConfig(
  flags: Flags,
  env: Readonly<Record<string, string>>,
): UpdateConfig {
  const installed = installedPlaces(env);
  const text = (name: string) => typeof flags[name] === "string" ? flags[name] : undefined;
  const file = installedSettings(flags, env);
  const url = text("release-url") ?? env["CHATCODE_RELEASE_URL"] ?? file["CHATCODE_RELEASE_URL"];
  if (!url) {
    const how = "set CHATCODE_RELEASE_URL, or pass --release-url";
    throw new ExitError("usage", `Setting CHATCODE_RELEASE_URL is missing: ${how}`);
  }
  const binary = text("binary") ?? installed.binary;
  if (!/^\/(.*\/)?bin\/[^/]+$/.test(binary)) {
    throw new ExitError(
      "usage",
      `Cannot update "${binary}": want an absolute path in a bin folder`,
    );
  }
  const lib = `${binary.replace(/bin\/[^/]+$/, "")}lib/chatcode-gateway`;
  const publicKey = readKey(text("release-key") ?? `${installed.settings}/release.pub`);
  return Object.freeze({
    places: { binary, lib },
    source: { url: releaseUrlOf(url), publicKey },
  });
}

/** CHATCODE_AGENT_USER: whose agents are kept up to date; `undefined`: those of the one who runs this. */
export function readAgentUser(
  flags: Flags,
  env: Readonly<Record<string, string>>,
): string | undefined {
  return env["CHATCODE_AGENT_USER"] || installedSettings(flags, env)["CHATCODE_AGENT_USER"];
}

function installedSettings(
  flags: Flags,
  env: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const given = flags["env-file"];
  const path = typeof given === "string" ? given : `${installedPlaces(env).settings}/gateway.env`;
  return isThere(path) ? readEnvFile(path).values : {};
}

function installedPlaces(env: Readonly<Record<string, string>>): Installed {
  if (Deno.build.os === "darwin") {
    const home = env["HOME"] ?? "";
    return {
      binary: `${home}/.local/bin/chatcode-gateway`,
      settings: `${home}/.config/chatcode`,
    };
  }
  return { binary: "/usr/local/bin/chatcode-gateway", settings: "/etc/chatcode" };
}

/** Plain http only to this machine itself; the signature would tell, but not keep silent. */
function releaseUrlOf(text: string): string {
  const url = URL.parse(text);
  const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url?.hostname ?? "");
  const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && loopback);
  if (url !== null && isSafe && url.search === "" && url.hash === "") {
    return url.href.replace(/\/+$/, "");
  }
  throw new ExitError("usage", "Setting CHATCODE_RELEASE_URL is not valid: want https://…");
}

function readKey(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (cause) {
    const why = `Cannot read the key that releases are signed with, "${path}"`;
    throw new ExitError("usage", `${why}: the installer puts it there, or pass --release-key`, {
      cause,
    });
  }
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

import { ExitError } from "../exit_status.ts";
import { GATEWAY_VERSION } from "../version.ts";
import type { InstalledBinary } from "./installed_binary.ts";
import { Release, type ReleaseSource } from "./release.ts";
import type { RunningGateway } from "./running_gateway.ts";
import { compareVersions } from "./version_order.ts";

/** How long a new version may take until the relay has accepted it; then it is undone. */
export const ACCEPT_MS = 60_000;

export interface UpdateParts {
  readonly source: ReleaseSource;
  readonly installed: InstalledBinary;
  readonly running: RunningGateway;
  readonly restart: () => Promise<void>;
  readonly tell: (line: string) => void;
  /** Default: of the program that runs this. */
  readonly currentVersion?: string;
  /** Default: `ACCEPT_MS`. */
  readonly acceptMs?: number;
}

export interface UpdateWish {
  /** A version, or `latest`. */
  readonly version: string;
  /** Also when the gateway is not connected now. */
  readonly force: boolean;
  /** Leaves alone what was undone before. */
  readonly unattended: boolean;
}

export type UpdateOutcome =
  | { readonly state: "current"; readonly version: string }
  | { readonly state: "skipped"; readonly version: string }
  | { readonly state: "updated"; readonly version: string };

/** What a release has that is not installed; the present version if there is none newer. */
export async function findUpdate(
  { source, currentVersion = GATEWAY_VERSION }: UpdateParts,
  version: string,
): Promise<{ release: Release; isNewer: boolean }> {
  const release = await Release.open(source, version);
  return { release, isNewer: compareVersions(release.version, currentVersion) > 0 };
}

/** The file of a release for this machine. */
export function assetName(os = Deno.build.os as string, arch = Deno.build.arch as string): string {
  return `chatcode-gateway-${os}-${arch === "x86_64" ? "x64" : "arm64"}`;
}

/**
 * Downloads, verifies, swaps in and restarts; undone if the relay has not accepted it in time.
 * Sessions live in tmux and notice nothing.
 * @throws ExitError unverified, rolledBack, failure
 */
export async function updateGateway(parts: UpdateParts, wish: UpdateWish): Promise<UpdateOutcome> {
  const { installed, running, tell, currentVersion = GATEWAY_VERSION } = parts;
  const { acceptMs = ACCEPT_MS } = parts;
  using _lock = await installed.lock();
  await finishInterrupted(parts);
  const { release, isNewer } = await findUpdate(parts, wish.version);
  const { version } = release;
  if (version === currentVersion || wish.version === "latest" && !isNewer) {
    return { state: "current", version: currentVersion };
  }
  if (wish.unattended && installed.refused === version) return { state: "skipped", version };
  const before = await running.status();
  if (before?.uplink.state !== "connected" && !wish.force) {
    throw new ExitError(
      "failure",
      "Cannot update: the gateway is not connected now, so a bad version could not be told " +
        "from a good one. See chatcode-gateway doctor, or pass --force",
    );
  }
  tell(`Downloading ${version}`);
  await release.download(assetName(), installed.nextPath);
  await installed.probeNext(version);
  await installed.swapIn(version);
  tell(`Restarting the gateway with ${version}; sessions go on`);
  try {
    await parts.restart();
    if (await running.isAccepted(version, before?.pid, acceptMs)) {
      await installed.confirm(version);
      return { state: "updated", version };
    }
  } catch (thrown) {
    tell(`The restart failed: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
  return await rollBack(parts, version, currentVersion);
}

/** An update that was killed between swap and verdict is judged now. */
async function finishInterrupted(parts: UpdateParts): Promise<void> {
  const { installed, running, tell, acceptMs = ACCEPT_MS } = parts;
  const version = installed.unconfirmed;
  if (version === undefined) return;
  tell(`An update to ${version} was interrupted: looking whether it works`);
  if (await running.isAccepted(version, undefined, acceptMs)) {
    return await installed.confirm(version);
  }
  await rollBack(parts, version, undefined);
}

/** @param back the version that comes back, if it is known */
async function rollBack(
  { installed, running, tell, restart, acceptMs = ACCEPT_MS }: UpdateParts,
  version: string,
  back: string | undefined,
): Promise<never> {
  tell(`The relay has not accepted ${version} in time: putting the previous version back`);
  const failed = await running.status();
  await installed.swapBack();
  await restart();
  const isBack = await running.isAccepted(back, failed?.pid, acceptMs);
  const end = isBack ? "the previous version is connected" : "look at the gateway's log";
  throw new ExitError("rolledBack", `Version ${version} did not work and was rolled back: ${end}`);
}

import type { HostId } from "@chatcode/protocol";

export interface InstallCommandParts {
  readonly id: HostId;
  readonly token: string;
  readonly publicUrl: URL;
  /** Where releases are, as the gateway's installer takes it; without one a checkout is needed. */
  readonly releaseUrl?: URL | null | undefined;
}

/**
 * One line to paste in the new machine's shell. The token goes by `printf`, which is the shell's own,
 * into standard input: it stands in no process's arguments or environment. The leading space keeps
 * the line out of the history of shells that are set so.
 */
export function installCommand(
  { id, token, publicUrl, releaseUrl }: InstallCommandParts,
): string {
  const where = `--gateway-id ${id} --cp-url ${publicUrl.origin}`;
  if (!releaseUrl) {
    return ` printf %s ${token} | npx -y deno@2.9.6 task gateway run --token-file - ${where}`;
  }
  const base = releaseUrl.href.replace(/\/+$/, "");
  // Linux wants root and macOS must not have it; a bare server's root has no sudo.
  const sudo = `$([ "$(id -u)" = 0 ] || [ "$(uname)" = Darwin ] || echo sudo)`;
  return ` printf %s ${token} | ${sudo} sh -c "$(curl -fsSL ${base}/latest/download/install.sh)"` +
    ` install.sh --token-file - ${where} --release-url ${base}`;
}

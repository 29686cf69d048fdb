import type { HostFacts } from "@chatcode/protocol";
import { GATEWAY_VERSION } from "../version.ts";

export interface FactsOptions {
  readonly tmuxVersion: string;
  readonly workspace: string;
}

/** What this machine is. The boot id is fresh at each call: call it once for each process. */
export function readHostFacts(options: FactsOptions): HostFacts {
  return {
    bootId: crypto.randomUUID(),
    hostname: Deno.hostname().slice(0, 255),
    os: osName().slice(0, 64),
    arch: Deno.build.arch,
    gatewayVersion: GATEWAY_VERSION,
    tmuxVersion: options.tmuxVersion.slice(0, 64),
    workspace: options.workspace.slice(0, 4096),
    startedAtMs: Date.now(),
  };
}

/** "Debian GNU/Linux 12 (bookworm)" where the system says so, else like "linux 6.1.0". */
function osName(): string {
  const plain = `${Deno.build.os} ${Deno.osRelease()}`;
  if (Deno.build.os !== "linux") return plain;
  try {
    // https://www.freedesktop.org/software/systemd/man/latest/os-release.html
    const text = Deno.readTextFileSync("/etc/os-release");
    return /^PRETTY_NAME="?([^"\n]+)"?$/m.exec(text)?.[1] ?? plain;
  } catch {
    return plain; // no such file on some systems
  }
}

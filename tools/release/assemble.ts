import gateway from "../../gateway/deno.json" with { type: "json" };
import { sha256Hex } from "../compile/npm_deno.ts";
import type { ReleaseKey } from "./release_key.ts";

export interface ReleaseParts {
  /** The release goes to a folder of its own in here. */
  readonly output: string;
  /** Built programs, by path. */
  readonly programs: readonly string[];
  readonly key: ReleaseKey;
  /** Where it will be served. */
  readonly releaseUrl: string | undefined;
}

/** What `ssh-keygen -Y` is told that a signature is for; install.sh has it too. */
const SSH_NAMESPACE = "chatcode-release";

/**
 * A whole release: the programs with a `.sha256` each, install.sh with the public key in it,
 * cleanup.sh, VERSION, and the list of all checksums with its signatures.
 */
export async function assembleRelease(
  root: URL,
  { output, programs, key, releaseUrl }: ReleaseParts,
): Promise<{ folder: string; files: string[] }> {
  const { version } = gateway;
  const folder = `${output}/v${version}`;
  const draft = `${folder}.draft`;
  await Deno.remove(draft, { recursive: true }).catch(() => {}); // of a release that was broken off
  await Deno.mkdir(draft, { recursive: true });
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const text = (value: string) => new TextEncoder().encode(value);
  for (const path of programs) {
    const name = path.slice(path.lastIndexOf("/") + 1);
    files.set(name, await Deno.readFile(path));
  }
  files.set("VERSION", text(`${version}\n`));
  const installer = await Deno.readTextFile(new URL("install.sh", root));
  files.set("install.sh", text(fillIn(installer, key, releaseUrl)));
  files.set("cleanup.sh", await Deno.readFile(new URL("cleanup.sh", root)));
  files.set("release.pub", text(key.publicPem));

  let list = "";
  for (const [name, bytes] of [...files].toSorted(([a], [b]) => a < b ? -1 : 1)) {
    const line = `${await sha256Hex(bytes)}  ${name}\n`;
    list += line;
    if (name.startsWith("chatcode-gateway-")) files.set(`${name}.sha256`, text(line));
  }
  files.set("SHA256SUMS", text(list));
  files.set("SHA256SUMS.sig", await key.sign(text(list)));
  files.set("SHA256SUMS.sshsig", text(await key.signForSsh(text(list), SSH_NAMESPACE)));
  for (const [name, bytes] of files) {
    const mode = /^chatcode-gateway-\w+-\w+$|\.sh$/.test(name) ? 0o755 : 0o644;
    await Deno.writeFile(`${draft}/${name}`, bytes, { mode });
  }
  await Deno.remove(folder, { recursive: true }).catch(() => {}); // an earlier try of this version
  await Deno.rename(draft, folder);
  return { folder, files: [...files.keys()].toSorted() };
}

function fillIn(installer: string, key: ReleaseKey, releaseUrl: string | undefined): string {
  const filled = installer
    .replace("'@RELEASE_KEY@'", `'${key.publicBody}'`)
    .replace("'@RELEASE_KEY_SSH@'", `'${key.publicSsh}'`);
  if (releaseUrl === undefined) return filled;
  if (!/^https?:\/\/[\w.:/-]+$/.test(releaseUrl)) {
    throw new RangeError(`"${releaseUrl}" is no address to serve a release at`);
  }
  return filled.replace("'@RELEASE_URL@'", `'${releaseUrl}'`);
}

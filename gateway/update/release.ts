import { createHash } from "node:crypto";
import { ExitError } from "../exit_status.ts";
import { plainVersion } from "./version_order.ts";

/** Where releases are, laid out as GitHub does, and who signs them. */
export interface ReleaseSource {
  /** `<url>/latest/download/FILE` and `<url>/download/vX.Y.Z/FILE`. */
  readonly url: string;
  /** Ed25519, as PEM (SubjectPublicKeyInfo). */
  readonly publicKey: string;
}

/** Bytes of a release's program; a longer answer is refused. */
export const MAX_BINARY_BYTES = 400 * 1024 * 1024;
/** For a whole program to come, in milliseconds. */
export const DOWNLOAD_MS = 600_000;
const SMALL_FILE_BYTES = 64 * 1024;
const SMALL_FILE_MS = 30_000;

/** A release whose list of checksums is signed by the key we trust. */
export class Release {
  private constructor(
    readonly version: string,
    readonly base: string,
    readonly sums: ReadonlyMap<string, string>,
  ) {}

  /**
   * @param wanted a version, or `latest`
   * @throws ExitError unverified if the signature, the sums or the version are not what they must be
   * @throws ExitError failure if it cannot be fetched
   */
  static async open({ url, publicKey }: ReleaseSource, wanted: string): Promise<Release> {
    const version = wanted === "latest" ? undefined : plainVersion(wanted);
    if (wanted !== "latest" && version === undefined) {
      throw new ExitError("usage", `"${wanted}" is no version: want one like 1.2.3, or latest`);
    }
    const base = `${url}/${version === undefined ? "latest/download" : `download/v${version}`}`;
    const [list, signature, versionFile] = await Promise.all(
      ["SHA256SUMS", "SHA256SUMS.sig", "VERSION"].map((file) => fetchSmall(`${base}/${file}`)),
    ) as [Bytes, Bytes, Bytes];
    if (!await isSigned(list, signature, publicKey)) {
      throw new ExitError("unverified", `The checksum list of ${base} is not signed by our key`);
    }
    const sums = parseSums(new TextDecoder().decode(list));
    // The signature is over the list, the list over the version: an older release, truly signed,
    // cannot be served in place of the one that was asked for.
    check(sums, "VERSION", createHash("sha256").update(versionFile).digest("hex"), base);
    const told = plainVersion(new TextDecoder().decode(versionFile));
    if (told === undefined || version !== undefined && told !== version) {
      throw new ExitError("unverified", `${base} is not version ${wanted}: it says "${told}"`);
    }
    return new Release(told, base, sums);
  }

  /**
   * Writes one file of the release, executable, if its bytes are those in the signed list.
   * @throws ExitError unverified or failure; then nothing is left at `path`
   */
  async download(file: string, path: string): Promise<void> {
    const expected = this.sums.get(file);
    if (expected === undefined) {
      throw new ExitError(
        "failure",
        `Release ${this.version} has no ${file}: not for this machine`,
      );
    }
    try {
      const found = await fetchTo(`${this.base}/${file}`, path);
      check(this.sums, file, found, this.base);
      await Deno.chmod(path, 0o755); // whatever the umask: others start it
    } catch (thrown) {
      await Deno.remove(path).catch(() => {}); // it may not have been made
      if (thrown instanceof ExitError) throw thrown;
      const why = thrown instanceof Error ? thrown.message : String(thrown);
      throw new ExitError("failure", `Cannot download ${file} to ${path}: ${why}`, {
        cause: thrown,
      });
    }
  }
}

type Bytes = Uint8Array<ArrayBuffer>;

async function isSigned(list: Bytes, signature: Bytes, publicKey: string): Promise<boolean> {
  try {
    const body = publicKey.replace(/-----[A-Z ]+-----/g, "").replace(/\s+/g, "");
    const der = Uint8Array.from(atob(body), (char) => char.charCodeAt(0));
    const key = await crypto.subtle.importKey("spki", der, "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", key, signature, list);
  } catch {
    return false; // no key, or no signature
  }
}

function parseSums(text: string): Map<string, string> {
  const lines = [...text.matchAll(/^([0-9a-f]{64}) [ *]([\w.-]{1,100})$/gm)];
  return new Map(lines.map(([, sum = "", file = ""]) => [file, sum]));
}

function check(
  sums: ReadonlyMap<string, string>,
  file: string,
  found: string,
  base: string,
): void {
  if (sums.get(file) === found) return;
  const why = "it was cut off on the way, or changed";
  throw new ExitError("unverified", `${base}/${file} does not match its signed checksum: ${why}`);
}

async function get(url: string, limitMs: number): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(limitMs) });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ExitError("failure", `Cannot reach the release at ${url}: ${why}`, { cause });
  }
  if (response.ok && response.body !== null) return response;
  await response.body?.cancel();
  throw new ExitError("failure", `Cannot download ${url}: the server answers ${response.status}`);
}

async function fetchSmall(url: string): Promise<Bytes> {
  const { body } = await get(url, SMALL_FILE_MS);
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body ?? []) {
    bytes += part.length;
    if (bytes > SMALL_FILE_BYTES) throw new ExitError("unverified", `${url} is far too long`);
    parts.push(part);
  }
  const whole = new Uint8Array(bytes);
  parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
  return whole;
}

/** @returns the SHA-256 of what came, in hex */
async function fetchTo(url: string, path: string): Promise<string> {
  const { body } = await get(url, DOWNLOAD_MS);
  const hash = createHash("sha256");
  using file = await Deno.open(path, { write: true, create: true, truncate: true, mode: 0o755 });
  let bytes = 0;
  for await (const part of body ?? []) {
    bytes += part.length;
    if (bytes > MAX_BINARY_BYTES) throw new ExitError("unverified", `${url} is far too long`);
    hash.update(part);
    for (let rest = part; rest.length > 0;) rest = rest.subarray(await file.write(rest));
  }
  await file.sync();
  return hash.digest("hex");
}

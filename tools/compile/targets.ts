/** A platform that the gateway is built for, as Deno names it. */
export type Target = keyof typeof TARGETS;

export interface TargetParts {
  /** The file's name in a release. */
  readonly asset: string;
  /** npm's package with Deno's binary for it. */
  readonly npm: string;
  /** The newest version there; they are published apart. */
  readonly deno: string;
  /** SHA-256 of the binary in that version of the package. */
  readonly sha256: string;
}

export const TARGETS = {
  "x86_64-unknown-linux-gnu": {
    asset: "chatcode-gateway-linux-x64",
    npm: "@deno/linux-x64-glibc",
    deno: "2.9.6",
    sha256: "bceb5b6a6239b0b010418406d8c77a508f67cf4337d94288f1c19fe71304aab0",
  },
  "aarch64-unknown-linux-gnu": {
    asset: "chatcode-gateway-linux-arm64",
    npm: "@deno/linux-arm64-glibc",
    deno: "2.9.5",
    sha256: "e1a70c5eb03b0ebaf761077029ef86b9ba22d50e2b54ca45ce5437457f701b63",
  },
  "x86_64-apple-darwin": {
    asset: "chatcode-gateway-darwin-x64",
    npm: "@deno/darwin-x64",
    deno: "2.9.5",
    sha256: "befc4fee79127584c0f5c9f76ca6bb73c8e6ff523c01acd52e9c5db1968a09cb",
  },
  "aarch64-apple-darwin": {
    asset: "chatcode-gateway-darwin-arm64",
    npm: "@deno/darwin-arm64",
    deno: "2.9.5",
    sha256: "b5bd08edab254d42d7b05aa5b6cb4c9b8d4dede4975aff76951ce2cce18866fa",
  },
} as const satisfies Readonly<Record<string, TargetParts>>;

export const TARGET_NAMES = Object.keys(TARGETS) as readonly Target[];

/** @throws {RangeError} naming the targets there are */
export function parseTarget(text: string): Target {
  const target = TARGET_NAMES.find((name) => name === text || TARGETS[name].asset.endsWith(text));
  if (target !== undefined && text !== "") return target;
  throw new RangeError(`"${text}" is no target: choose one of ${TARGET_NAMES.join(", ")}`);
}

/**
 * What `--target` was given: none stands for this machine's, "all" for every one.
 * @throws {RangeError} naming the targets there are
 */
export function parseTargets(texts: readonly string[]): readonly Target[] {
  if (texts.includes("all")) return TARGET_NAMES;
  return (texts.length === 0 ? [Deno.build.target] : texts).map(parseTarget);
}

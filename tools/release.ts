/**
 * Makes a release in dist/vX.Y.Z: `deno task release --key FILE [--target T]… [--output DIR]
 * [--release-url URL]`. `deno task release --new-key FILE` makes a key to sign with.
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { compile, NoBaseError } from "./compile.ts";
import { parseTargets, TARGET_NAMES } from "./compile/targets.ts";
import { assembleRelease } from "./release/assemble.ts";
import { ReleaseKey } from "./release/release_key.ts";

const USAGE = `Usage: deno task release [--key FILE] [--target T]... [--output DIR]
                         [--release-url URL] [--self-extracting-fallback] [--from DIR]
       deno task release --new-key FILE

  --key FILE       Ed25519, PEM (PKCS #8); or its text in CHATCODE_RELEASE_KEY
  --target T       ${TARGET_NAMES.join(", ")}, or "all"; default: this machine's
  --output DIR     default dist; the release goes to DIR/vX.Y.Z
  --release-url URL    where it will be served, written into install.sh
  --from DIR       take the programs from DIR instead of building them
  --new-key FILE   make a key and print its public half`;

async function main(): Promise<number> {
  const args = parseArgs(Deno.args, {
    string: ["key", "target", "output", "release-url", "from", "new-key"],
    boolean: ["self-extracting-fallback", "help"],
    collect: ["target"],
    default: { output: "dist" },
    unknown: (arg) => {
      throw new RangeError(`"${arg}" is no option. ${USAGE}`);
    },
  });
  if (args.help) {
    console.log(USAGE);
    return 0;
  }
  if (args["new-key"] !== undefined) return await makeKey(String(args["new-key"]));
  const key = await readKey(args.key === undefined ? undefined : String(args.key));
  const root = new URL("../", import.meta.url);
  const programs: string[] = [];
  if (args.from === undefined) {
    for (const target of parseTargets(args.target as string[])) {
      const built = await compile(root, target, {
        output: `${args.output}/build`,
        fallback: args["self-extracting-fallback"] === true,
        tell: (line) => console.error(line),
      });
      console.log(`${built.path}: ${built.form}, ${(built.bytes / 1e6).toFixed(1)} MB`);
      programs.push(built.path);
    }
  } else {
    for await (const { name } of Deno.readDir(String(args.from))) {
      if (/^chatcode-gateway-\w+-\w+$/.test(name)) programs.push(`${args.from}/${name}`);
    }
    if (programs.length === 0) throw new RangeError(`No program in ${args.from}`);
  }
  const { folder, files } = await assembleRelease(root, {
    output: String(args.output),
    programs,
    key,
    releaseUrl: args["release-url"] === undefined ? undefined : String(args["release-url"]),
  });
  console.log(`${folder}: ${files.join(", ")}`);
  return 0;
}

async function makeKey(path: string): Promise<number> {
  const pem = await ReleaseKey.generate();
  await Deno.writeTextFile(path, pem, { createNew: true, mode: 0o600 });
  console.log((await ReleaseKey.parse(pem)).publicPem.trimEnd());
  return 0;
}

async function readKey(path: string | undefined): Promise<ReleaseKey> {
  const text = path === undefined
    ? Deno.env.get("CHATCODE_RELEASE_KEY")
    : await Deno.readTextFile(path);
  if (text) return await ReleaseKey.parse(text);
  throw new RangeError(`No key to sign with: pass --key, or make one with --new-key. ${USAGE}`);
}

if (import.meta.main) {
  try {
    Deno.exit(await main());
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof NoBaseError)) throw error;
    console.error(error.message);
    Deno.exit(error instanceof RangeError ? 2 : 1);
  }
}

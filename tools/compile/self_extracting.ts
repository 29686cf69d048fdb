import { gzipSync } from "node:zlib";
import { RUNTIME_FLAGS } from "../runtime_flags.ts";
import { npmDeno, sha256Hex } from "./npm_deno.ts";
import { tar, type TarEntry } from "./tar.ts";
import type { Target } from "./targets.ts";

/**
 * What the stub set for the runtime is undone before the gateway sees it: its sessions and agents
 * inherit what the user has set, and nothing else.
 */
const PRELUDE = `for (const [name, kept] of [["DENO_DIR", "CHATCODE_OUTER_DENO_DIR"], ` +
  `["DENO_NO_UPDATE_CHECK", "CHATCODE_OUTER_NO_UPDATE_CHECK"]]) { ` +
  `const value = Deno.env.get(kept); Deno.env.delete(kept); ` +
  `if (value) Deno.env.set(name, value); else Deno.env.delete(name); }\n`;

/** The program brings all it needs: nothing around it may change what it does. */
const RUN_FLAGS = "-A --quiet --no-config --no-lock --no-npm --no-remote --no-prompt".split(" ");

/**
 * The gateway for the target as one file that unpacks itself: a POSIX sh stub, then a gzipped tar
 * archive of npm's Deno binary and the bundled gateway. The same sources give the same bytes.
 * @throws {Error} if Deno's binary cannot be brought or the gateway cannot be bundled
 */
export async function buildSelfExtracting(
  root: URL,
  target: Target,
): Promise<Uint8Array<ArrayBuffer>> {
  const [deno, app] = await Promise.all([npmDeno(target), bundle(root)]);
  const entries = [{ path: "chatcode-gateway", bytes: deno, mode: 0o755 }, ...app];
  const archive = new Uint8Array(gzipSync(tar(entries), { level: 6 }));
  const stub = await stubFor(archive);
  const file = new Uint8Array(stub.length + archive.length);
  file.set(stub);
  file.set(archive, stub.length);
  return file;
}

async function stubFor(archive: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const template = await Deno.readTextFile(new URL("stub.sh", import.meta.url));
  const sha256 = await sha256Hex(archive);
  const filled = template
    .replace("@ID@", sha256.slice(0, 32))
    .replace("@SHA256@", sha256)
    .replaceAll("@RUN@", ["run", ...RUN_FLAGS, ...RUNTIME_FLAGS, `"$home/app/main.js"`].join(" "));
  // The number is padded to the length of its mark, so that it does not move what it counts.
  const mark = "'@SKIP@'";
  const bytes = new TextEncoder().encode(filled).length;
  return new TextEncoder().encode(filled.replace(mark, String(bytes + 1).padEnd(mark.length)));
}

/** The gateway's modules, in pieces: `version` and the helpers need not load the daemon. */
async function bundle(root: URL): Promise<TarEntry[]> {
  const dir = await Deno.makeTempDir({ prefix: "chatcode-bundle-" });
  try {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["bundle", "--quiet", "--frozen", "--minify", "--code-splitting", "--platform", "deno"]
        .concat("--outdir", dir, "main.ts"),
      cwd: new URL("gateway/", root), // `deno bundle` looks for the imports' map from where it runs
    }).output();
    if (!success) {
      throw new Error(`Cannot bundle the gateway: ${new TextDecoder().decode(stderr).trim()}`);
    }
    const names = (await Array.fromAsync(Deno.readDir(dir))).map(({ name }) => name).toSorted();
    return await Promise.all(names.map(async (name) => {
      const code = await Deno.readTextFile(`${dir}/${name}`);
      const text = name === "main.js" ? PRELUDE + code : code;
      return { path: `app/${name}`, bytes: new TextEncoder().encode(text), mode: 0o644 };
    }));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

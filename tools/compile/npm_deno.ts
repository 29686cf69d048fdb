import { encodeHex } from "@std/encoding/hex";
import { type Target, type TargetParts, TARGETS } from "./targets.ts";

/**
 * Deno's own binary for the target, from npm, checked against its pinned sum.
 * @throws {Error} if it cannot be brought, or is another than the pinned one
 */
export async function npmDeno(target: Target): Promise<Uint8Array<ArrayBuffer>> {
  const { npm, deno, sha256 }: TargetParts = TARGETS[target];
  const dir = await Deno.makeTempDir({ prefix: "chatcode-deno-" });
  try {
    await Deno.writeTextFile(`${dir}/deno.json`, `{ "nodeModulesDir": "auto", "lock": false }`);
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["install", "--quiet", `npm:${npm}@${deno}`],
      cwd: dir,
    }).output();
    if (!success) {
      const why = new TextDecoder().decode(stderr).trim();
      throw new Error(`Cannot bring ${npm}@${deno} from npm: ${why}`);
    }
    const bytes = await Deno.readFile(`${dir}/node_modules/${npm}/deno`);
    const found = await sha256Hex(bytes);
    if (found !== sha256) {
      throw new Error(`Cannot use ${npm}@${deno}: its SHA-256 is ${found}, not the pinned one`);
    }
    return bytes;
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

export async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return encodeHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

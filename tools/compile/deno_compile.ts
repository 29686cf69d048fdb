import { RUNTIME_FLAGS } from "../runtime_flags.ts";
import type { Target } from "./targets.ts";

export type DenoCompile =
  | { readonly state: "built" }
  /** The base binary that Deno puts the program into is not here and cannot be fetched. */
  | { readonly state: "no-base"; readonly why: string };

/**
 * Builds by `deno compile`. Its base binary, `denort`, comes from `DENORT_BIN`, Deno's own cache or
 * Deno's download host.
 * @throws {Error} if it fails for any other reason than a missing base
 */
export async function denoCompile(
  root: URL,
  target: Target,
  output: string,
): Promise<DenoCompile> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["compile", "--quiet", "--frozen", "--no-check", "--bundle", "--minify", "-A"]
      .concat("--no-prompt", ...RUNTIME_FLAGS, "--target", target, "--output", output, "main.ts"),
    cwd: new URL("gateway/", root),
    env: { NO_COLOR: "1" },
  }).output();
  if (success) return { state: "built" };
  const text = new TextDecoder().decode(stderr).trim();
  // What failed is known by the name of what was fetched: the rest of the message varies.
  if (/denort/i.test(text)) {
    const why = text.split("\n").find((line) => /denort/i.test(line)) ?? text;
    return { state: "no-base", why: why.replace(/^\s*\d+:\s*/, "") };
  }
  throw new Error(`Cannot compile the gateway: ${text}`);
}

import { type Built, compile } from "../../../tools/compile.ts";
import { parseTarget } from "../../../tools/compile/targets.ts";
import { ROOT } from "../../harness/root.ts";

/** The gateway's one file for this machine, in a folder of its own: whichever form can be built. */
export class BuiltGateway implements AsyncDisposable {
  private constructor(readonly folder: string, readonly built: Built) {}

  static async build(): Promise<BuiltGateway> {
    const folder = await Deno.makeTempDir({ prefix: "cc-built-" });
    try {
      const built = await compile(ROOT, parseTarget(Deno.build.target), {
        output: folder,
        fallback: true,
        tell: (line) => console.log(line),
      });
      return new BuiltGateway(folder, built);
    } catch (error) {
      await Deno.remove(folder, { recursive: true });
      throw error;
    }
  }

  get path(): string {
    return this.built.path;
  }

  /** Runs it to its end, unpacking into a cache in its own folder unless told otherwise. */
  async run(
    args: readonly string[],
    { path = this.path, env = {} }: { path?: string; env?: Record<string, string> } = {},
  ): Promise<{ code: number; stdout: string; stderr: string; ms: number }> {
    const startedMs = performance.now();
    const { code, stdout, stderr } = await new Deno.Command(path, {
      args: [...args],
      env: { PATH: Deno.env.get("PATH") ?? "", ...this.env, ...env },
      clearEnv: true,
      stdin: "null",
    }).output();
    const ms = performance.now() - startedMs;
    const text = new TextDecoder();
    return { code, stdout: text.decode(stdout), stderr: text.decode(stderr), ms };
  }

  get env(): Record<string, string> {
    return { HOME: this.folder, XDG_CACHE_HOME: `${this.folder}/cache` };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

import { serveReleases } from "../../../tools/release/serve.ts";
import { ReleaseKey } from "../../../tools/release/release_key.ts";
import { ROOT } from "../../harness/root.ts";
import { run } from "./root_fs.ts";

/** What a build reads; the rooms that it does not need are members of the workspace all the same. */
const SOURCES = ["protocol", "kit", "gateway", "relay", "web", "tools", "types", "deno.json"]
  .concat("deno.lock", "install.sh", "cleanup.sh");

/** Signed releases made by the project's own command, on a server of this machine. */
export class Releases implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  private constructor(readonly folder: string) {
    this.#server = serveReleases(`${folder}/dist`);
  }

  static async open(): Promise<Releases> {
    const folder = await Deno.makeTempDir({ prefix: "cc-releases-" });
    await Deno.writeTextFile(`${folder}/key.pem`, await ReleaseKey.generate(), { mode: 0o600 });
    return new Releases(folder);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  get dist(): string {
    return `${this.folder}/dist`;
  }

  /** The sources as they are. */
  async make(): Promise<void> {
    await this.#release(ROOT.pathname);
  }

  /** Another version, from changed sources: a path and how its text is changed. */
  async makeChanged(
    version: string,
    changes: Readonly<Record<string, (text: string) => string>> = {},
  ): Promise<void> {
    const copy = `${this.folder}/source`;
    await run(["rm", "-rf", copy]);
    await Deno.mkdir(copy);
    for (const name of SOURCES) {
      await run(["cp", "-r", `${ROOT.pathname}${name}`, `${copy}/${name}`]);
    }
    await Deno.symlink(`${ROOT.pathname}node_modules`, `${copy}/node_modules`);
    const edit = async (path: string, change: (text: string) => string) => {
      const before = await Deno.readTextFile(`${copy}/${path}`);
      const after = change(before);
      if (after === before) throw new Error(`Cannot change ${path}: it is the same afterwards`);
      await Deno.writeTextFile(`${copy}/${path}`, after);
    };
    await edit(
      "gateway/deno.json",
      (text) => text.replace(/"version": "[^"]+"/, `"version": "${version}"`),
    );
    for (const [path, change] of Object.entries(changes)) await edit(path, change);
    await this.#release(`${copy}/`);
  }

  async #release(root: string): Promise<void> {
    await run(
      [Deno.execPath(), "run", "-A", `${root}tools/release.ts`, "--output", this.dist]
        .concat("--key", `${this.folder}/key.pem`, "--release-url", this.url)
        .concat("--self-extracting-fallback"),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
    await Deno.remove(this.folder, { recursive: true });
  }
}

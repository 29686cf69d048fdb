import { waitFor } from "../../../kit/testing/wait_for.ts";
import type { PrivateTmux } from "../../tmux/private_tmux.ts";

/** For tests: a session whose program writes every byte it is typed into a file, and nothing else. */
export class RawReader {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** `modes` is printed first: what the program asks of its terminal. */
  static async start(tmux: PrivateTmux, session: string, modes = ""): Promise<RawReader> {
    const path = `${tmux.folder}/${session}.typed`;
    const script = 'stty raw -echo; printf "$1ready"; exec cat > "$2"';
    await tmux.commands.must([
      ...["new-session", "-d", "-s", session, "-x", "80", "-y", "24"],
      ...["sh", "-c", script, "sh", modes, path],
    ]);
    await waitFor(async () => {
      const screen = await tmux.commands.must(["capture-pane", "-p", "-t", `=${session}:`]);
      return screen.includes("ready") && (await Deno.stat(path)).isFile;
    }, { what: "the reader" });
    return new RawReader(path);
  }

  typed(): Uint8Array<ArrayBuffer> {
    return Deno.readFileSync(this.#path);
  }

  /** Everything typed, once it is at least `length` bytes. */
  async atLeast(length: number): Promise<Uint8Array<ArrayBuffer>> {
    await waitFor(() => Deno.statSync(this.#path).size >= length, {
      what: `${length} bytes typed`,
      deadlineMs: 20_000,
    });
    return this.typed();
  }
}

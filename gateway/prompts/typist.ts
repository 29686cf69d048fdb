import { pause } from "../pause.ts";
import type { TmuxCommands } from "../tmux/commands.ts";
import { TmuxError } from "../tmux/error.ts";

/** An Enter that follows a paste at once is lost on some agents, in milliseconds. */
const PASTE_PAUSE_MS = 350;
/** An Escape with a key close behind is another key, in milliseconds. */
const KEY_PAUSE_MS = 150;

/** Puts text and keys into a pane as a terminal would. */
export class Typist {
  readonly #commands: Pick<TmuxCommands, "run" | "must">;

  constructor(commands: Pick<TmuxCommands, "run" | "must">) {
    this.#commands = commands;
  }

  /**
   * Pastes in brackets, and resolves when the agent had time to take it. The text must be safe.
   * @throws {TmuxError} SESSION_NOT_FOUND or TMUX_FAILED
   */
  async paste(pane: string, text: string): Promise<void> {
    const buffer = `chatcode-${crypto.randomUUID()}`;
    // By standard input: others can read command lines.
    const { ok, message } = await this.#commands.run(["load-buffer", "-b", buffer, "-"], text);
    if (!ok) throw new TmuxError("TMUX_FAILED", `Cannot load a prompt: ${message}`);
    await this.#commands.must(["paste-buffer", "-p", "-d", "-b", buffer, "-t", pane]);
    await pause(PASTE_PAUSE_MS);
  }

  /** By tmux's names, one after another. @throws {TmuxError} */
  async keys(pane: string, names: readonly string[]): Promise<void> {
    for (const [at, name] of names.entries()) {
      if (at > 0) await pause(KEY_PAUSE_MS);
      await this.#commands.must(["send-keys", "-t", pane, name]);
    }
  }
}

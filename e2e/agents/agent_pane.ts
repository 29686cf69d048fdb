import { waitFor } from "../../kit/testing/wait_for.ts";
import type { AgentTmux } from "./agent_tmux.ts";
import type { AgentCli, AgentPlace } from "./cli/agent_cli.ts";

/** A cold start on a busy machine, in milliseconds. */
const START_LIMIT_MS = 180_000;
const SCREEN_LIMIT_MS = 90_000;
/** Between two looks, each of which costs a process, in milliseconds. */
const LOOK_MS = 150;
/** A paste that is not seen by then was dropped, in milliseconds. */
const PASTE_AGAIN_MS = 10_000;
/** What agents show in place of a long paste. */
const PASTED = /\[(Pasted|Paste )/i;
/** Agents take an Enter that follows a paste at once for a part of it, in milliseconds. */
const PASTE_PAUSE_MS = 400;
/** An answer without effect is given again, in milliseconds. */
const ANSWER_AGAIN_MS = 700;
/** Between two keys: an Escape with a key close behind is another key, in milliseconds. */
const KEY_PAUSE_MS = 150;

/** One agent in one pane, driven as a person would. */
export class AgentPane {
  #prompted = "";

  constructor(
    readonly cli: AgentCli,
    readonly place: AgentPlace,
    readonly tmux: AgentTmux,
    /** tmux's own id, such as `%1`. */
    readonly id: string,
  ) {}

  /** The visible screen, a line each. */
  async screen(): Promise<string> {
    return await this.tmux.run("capture-pane", "-p", "-t", this.id);
  }

  async title(): Promise<string> {
    return (await this.#ask("#{pane_title}")).trim();
  }

  async pid(): Promise<number> {
    return Number(await this.#ask("#{pane_pid}"));
  }

  async ended(): Promise<boolean> {
    return (await this.#ask("#{pane_dead}")).trim() === "1";
  }

  /** @throws {Error} with the screen as it then is */
  async sees(what: RegExp, deadlineMs = SCREEN_LIMIT_MS): Promise<void> {
    await this.#until(async () => what.test(await this.screen()), `see ${what}`, deadlineMs);
  }

  /** Answers what it asks at a start, then resolves when it takes a prompt. */
  async sawReady(): Promise<void> {
    const { ready, startQuestions } = this.cli;
    const isReady = async () => {
      const screen = await this.screen();
      const question = startQuestions.find(({ seen }) => seen.test(screen));
      if (question !== undefined) await this.#answer(question.seen, question.keys);
      return question === undefined && ready.test(screen);
    };
    await this.#until(isReady, `see ${ready}`, START_LIMIT_MS);
  }

  async sawAsking(): Promise<void> {
    await this.sees(this.cli.asking);
  }

  /** Puts text into the prompt box without sending it. */
  async paste(text: string): Promise<void> {
    const before = letters(await this.screen());
    const end = letters(text).slice(-16);
    const isShown = (screen: string) =>
      PASTED.test(screen) || countOf(letters(screen), end) > countOf(before, end);
    let pastedMs = -Infinity;
    // A busy agent reads the paste late, and one that draws another view drops it.
    await this.#until(
      async () => {
        if (isShown(await this.screen())) return true;
        if (performance.now() - pastedMs < PASTE_AGAIN_MS) return false;
        pastedMs = performance.now();
        await this.#paste(text);
        return false;
      },
      "show a paste",
      SCREEN_LIMIT_MS,
    );
    await pause(PASTE_PAUSE_MS);
  }

  async #paste(text: string): Promise<void> {
    const file = await Deno.makeTempFile({ prefix: "cc-paste-" });
    try {
      await Deno.writeTextFile(file, text);
      await this.tmux.run("load-buffer", "-b", "paste", file);
      await this.tmux.run("paste-buffer", "-p", "-d", "-b", "paste", "-t", this.id);
    } finally {
      await Deno.remove(file);
    }
  }

  /** Pastes and sends. Whether it has arrived, only the transcript tells. */
  async prompt(text: string): Promise<void> {
    this.#prompted = text;
    await this.paste(text);
    await this.keys("Enter");
  }

  /** By tmux's names, such as `Enter`, `Escape`, `y`. */
  async keys(...names: readonly string[]): Promise<void> {
    for (const [at, name] of names.entries()) {
      if (at > 0) await pause(KEY_PAUSE_MS);
      await this.tmux.run("send-keys", "-t", this.id, name);
    }
  }

  /** Answers the question on the screen; resolves when it is gone. */
  async allow(): Promise<void> {
    await this.#answer(this.cli.asking, this.cli.keys.allow);
  }

  async deny(): Promise<void> {
    await this.#answer(this.cli.asking, this.cli.keys.deny);
  }

  /** Stops the running turn; resolves when it has stopped. */
  async interrupt(): Promise<void> {
    await this.sawWorking();
    await this.#answer(this.cli.working, this.cli.keys.interrupt);
  }

  async sawWorking(): Promise<void> {
    await this.#until(() => this.#shows(this.cli.working), "work", SCREEN_LIMIT_MS);
  }

  /** The turn is over, and the prompt box is there. */
  async sawIdle(): Promise<void> {
    await this.#until(async () => !await this.#shows(this.cli.working), "be idle", SCREEN_LIMIT_MS);
  }

  /** A new conversation in the same pane. Resolves when the old one has left the screen. */
  async clear(): Promise<void> {
    const before = this.#prompted.slice(0, 12);
    await this.prompt(this.cli.clear);
    const isGone = async () => before === "" || !(await this.screen()).includes(before);
    await this.#until(isGone, "clear its screen", SCREEN_LIMIT_MS);
    await this.sawReady();
  }

  /** Resolves when the agent's process is gone. */
  async quit(): Promise<void> {
    await this.prompt(this.cli.quit);
    await this.#until(() => this.ended(), "end", SCREEN_LIMIT_MS);
  }

  /** All its conversations, oldest first, one record a line. */
  async transcript(): Promise<string> {
    const paths = await this.cli.transcripts(this.place);
    return (await Promise.all(paths.map((path) => this.cli.readTranscript(path)))).join("\n");
  }

  /** @returns the first record that fits */
  async recorded(what: RegExp, deadlineMs = SCREEN_LIMIT_MS): Promise<string> {
    const find = async () => (await this.transcript()).split("\n").find((line) => what.test(line));
    return await this.#until(find, `record ${what}`, deadlineMs);
  }

  /** Agents drop keys for a moment after a question has come up, against slips of the hand. */
  async #answer(question: RegExp, keys: readonly string[]): Promise<void> {
    let answeredMs = -Infinity;
    const answered = async () => {
      if (!await this.#shows(question)) return true;
      if (performance.now() - answeredMs < ANSWER_AGAIN_MS) return false;
      answeredMs = performance.now();
      await this.keys(...keys);
      return false;
    };
    await this.#until(answered, "take an answer", SCREEN_LIMIT_MS);
  }

  async #shows(what: RegExp): Promise<boolean> {
    return what.test(`${await this.title()}\n${await this.screen()}`);
  }

  async #until<T>(condition: () => Promise<T>, what: string, deadlineMs: number) {
    try {
      return await waitFor(condition, {
        what: `${this.cli.agent} to ${what}`,
        deadlineMs,
        everyMs: LOOK_MS,
      });
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`${message}. Its screen:\n${await this.screen()}`, { cause });
    }
  }

  async #ask(format: string): Promise<string> {
    return await this.tmux.run("display-message", "-p", "-t", this.id, format);
  }
}

/** What looks the same on every screen. */
function letters(text: string): string {
  return text.replace(/[^A-Za-z0-9/]/g, "");
}

function countOf(text: string, piece: string): number {
  return text.split(piece).length - 1;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

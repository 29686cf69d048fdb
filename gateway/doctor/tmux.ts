import { tmuxEnvironment } from "../tmux/environment.ts";
import { TmuxError } from "../tmux/error.ts";
import { findTmux } from "../tmux/version.ts";
import { type Check, fail, ok } from "./check.ts";

/** Whether a tmux is there that is new enough. */
export async function checkTmux(environment: Readonly<Record<string, string>>): Promise<Check> {
  try {
    const version = await findTmux(tmuxEnvironment(environment));
    return ok("tmux", version.text);
  } catch (thrown) {
    if (!(thrown instanceof TmuxError)) throw thrown;
    // The message is two sentences: what is wrong, and what to type.
    const [text = "", ...mend] = thrown.message.split(/(?<=\.) /);
    return fail("tmux", text, mend.join(" ") || "Install tmux");
  }
}

/** How far an approval reaches. `always` outlives the session: it is never pressed for the user. */
export type ApprovalScope = "once" | "session" | "always" | "deny";

export interface ApprovalAnswer {
  readonly scope: ApprovalScope;
  /** As the agent words it. */
  readonly label: string;
  /** Names of keys as tmux's send-keys takes them. */
  readonly keys: readonly string[];
}

/**
 * An approval as an agent's screen shows it. An answer is safe only while this very question is on
 * the screen: read the screen again right before and right after pressing keys.
 */
export interface ScreenApproval {
  readonly question: string;
  readonly answers: readonly ApprovalAnswer[];
}

/** The answer that reaches as far as `scope`, if the agent offers it in so many words. */
export function answerFor(
  approval: ScreenApproval,
  scope: ApprovalScope,
): ApprovalAnswer | undefined {
  return approval.answers.find((answer) => answer.scope === scope);
}

export interface MenuOption {
  /** The digit before it. */
  readonly number: string;
  /** Without the frame and the key in parentheses. */
  readonly label: string;
  /** What stands in parentheses at the end, such as `y` or `esc`. */
  readonly shortcut: string | undefined;
}

const OPTION = /^[\s│┃|❯›●>]*(\d)\.\s+(.+?)[\s│┃|]*$/;

/** The numbered options below the last line that `question` matches. */
export function readMenu(
  screen: string,
  question: RegExp,
): { question: string; options: MenuOption[] } | undefined {
  const lines = screen.split("\n");
  const at = lines.findLastIndex((line) => question.test(line));
  if (at < 0) return undefined;
  const options: MenuOption[] = [];
  for (const line of lines.slice(at + 1)) {
    const [, number, text] = OPTION.exec(line) ?? [];
    if (number === undefined || text === undefined) continue;
    // A menu counts up from one; anything else is text of the agent's.
    if (Number(number) !== options.length + 1) continue;
    const [, label, shortcut] = /^(.*?)(?:\s+\(([a-z+]+)\))?$/.exec(text) ?? [];
    options.push({ number, label: label ?? text, shortcut });
  }
  const asked = lines[at]?.replace(/^[\s│┃|]+|[\s│┃|]+$/g, "") ?? "";
  return options.length < 2 ? undefined : { question: asked, options };
}

import { MAX_HISTORY_BYTES, MAX_HISTORY_LINES } from "@chatcode/protocol";
import type { TmuxCommands } from "../tmux/commands.ts";
import { TmuxError } from "../tmux/error.ts";

export interface HistoryPage {
  /** Lines above the visible screen. */
  readonly historySize: number;
  /** Of the first line; line 0 is the oldest kept. */
  readonly start: number;
  readonly cols: number;
  /** With SGR sequences for colour, without line ends. */
  readonly lines: string[];
}

export interface HistoryRequest {
  readonly session: string;
  readonly start: number;
  readonly count: number;
}

/**
 * Lines may scroll by between asking for the size and for the page: so many are no harm, at first
 * and then four times as many each time, until all of a full history is.
 */
const SLACK_LINES = 1_000;
const TRIES = 5;

/**
 * A page of what scrolled off the top. Fewer lines than asked come at the end of history, or when
 * the page would exceed `MAX_HISTORY_BYTES`. By a tmux process of its own, so that no key waits.
 * @throws {TmuxError} SESSION_NOT_FOUND or TMUX_FAILED
 * @throws {RangeError} if `start` is negative or `count` is not within 1 to `MAX_HISTORY_LINES`
 */
export async function historyPage(
  commands: TmuxCommands,
  { session, start, count }: HistoryRequest,
): Promise<HistoryPage> {
  if (!(start >= 0) || !(count >= 1 && count <= MAX_HISTORY_LINES)) {
    throw new RangeError(`Cannot read ${count} lines of history at ${start}`);
  }
  let { historySize, cols } = await measure(commands, session);
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const slack = SLACK_LINES * 4 ** attempt;
    const last = Math.min(start + count, historySize);
    if (start >= last) return { historySize, start: historySize, cols, lines: [] };
    // tmux counts from the top of the screen upwards, so new lines move what we ask for.
    const from = start - historySize - slack;
    const to = last - 1 - historySize;
    const target = ["-t", `=${session}:`];
    const output = await commands.must([
      ...["display-message", "-p", ...target, MEASURE, ";"],
      ...["capture-pane", "-p", "-e", ...target, "-S", String(from), "-E", String(to)],
    ]);
    const [head = "", ...lines] = output.split("\n");
    lines.pop(); // behind the last line end
    const now = parseMeasure(head);
    const scrolled = now.historySize - historySize;
    const first = Math.max(0, start - slack + scrolled); // what lines[0] is
    ({ historySize, cols } = now);
    // More than the slack has scrolled by, or the oldest lines were dropped.
    if (first > start || scrolled < 0) continue;
    return {
      historySize,
      start,
      cols,
      lines: withinBytes(lines.slice(start - first, last - first)),
    };
  }
  throw new TmuxError("TMUX_FAILED", `Cannot read the history of "${session}": it moves too fast`);
}

/** The visible screen as plain text, a line for each row. @throws {TmuxError} as `historyPage()` */
export async function captureScreen(commands: TmuxCommands, session: string): Promise<string> {
  const text = await commands.must(["capture-pane", "-p", "-t", `=${session}:`]);
  return text.split("\n").slice(0, -1).map((line) => line.trimEnd()).join("\n");
}

const MEASURE = "#{history_size} #{window_width}";

async function measure(commands: TmuxCommands, session: string) {
  // list-panes, since display-message is content with a session that is gone.
  const target = ["-t", `=${session}:`];
  return parseMeasure(
    await commands.must(["list-panes", ...target, "-f", "#{pane_active}", "-F", MEASURE]),
  );
}

function parseMeasure(text: string): { historySize: number; cols: number } {
  const [historySize = 0, cols = 0] = text.trim().split(" ").map(Number);
  return { historySize, cols };
}

function withinBytes(lines: string[]): string[] {
  let bytes = 0;
  const encoder = new TextEncoder();
  const end = lines.findIndex((line) => {
    bytes += encoder.encode(line).length + 1;
    return bytes > MAX_HISTORY_BYTES;
  });
  return end === -1 ? lines : lines.slice(0, Math.max(end, 1));
}

import type { Agent } from "../agents/agent.ts";

/** Lines above a question that can belong to it. */
const MAX_LINES = 30;
const MAX_TEXT = 16 * 1024;

/**
 * What a question on the screen is about, frames and blanks left out: the lines from the top of its
 * frame to the question itself. `undefined` when no question is shown.
 */
export function questionText(screen: string, agent: Agent): string | undefined {
  const question = agent.readApproval(screen)?.question;
  if (question === undefined) return undefined;
  const lines = screen.split("\n");
  const at = lines.findLastIndex((line) => line.includes(question));
  const above = lines.slice(Math.max(0, at - MAX_LINES), at);
  const top = above.findLastIndex((line) => /^\s*[╭┌╔─━]{2,}/.test(line));
  const told = above.slice(top + 1).map(unframed).filter((line) => line !== "");
  return [...new Set(told), question].join("\n").slice(0, MAX_TEXT);
}

function unframed(line: string): string {
  return line.replace(/[│┃╭╮╰╯─╌━]/g, "").trim();
}

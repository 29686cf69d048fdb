/** One thing in a conversation's user role, oldest first. */
export interface Said {
  readonly kind: "person" | "tool";
  readonly text: string;
}

/**
 * The person's last message, and what tools answered since. Agents put context of their own into
 * the user's role, always inside a tag such as `<system-reminder>`: none of it is the person's.
 */
export function lastPrompt(said: readonly Said[]): { prompt: string; toolResults: string[] } {
  const at = said.findLastIndex(({ kind, text }) => kind === "person" && isPersons(text));
  return {
    prompt: said[at]?.text ?? "",
    toolResults: said.slice(at + 1).filter(({ kind }) => kind === "tool").map(({ text }) => text),
  };
}

function isPersons(text: string): boolean {
  return text.trim() !== "" && !/^\s*<[a-z_-]+[ >]/i.test(text);
}

/** Matching commands that are offered. */
const MAX_HINTS = 8;

/** The agent's commands that begin as the prompt does, and whether the prompt's own is unknown. */
export function commandsFor(
  text: string,
  commands: readonly string[] | undefined,
): { hints: readonly string[]; unknown: string | undefined } {
  const word = /^\/\S*$/.exec(text)?.[0];
  const hints = word === undefined
    ? []
    : (commands ?? []).filter((command) => command.startsWith(word) && command !== word);
  const [command = ""] = text.trimStart().split(/\s/);
  const isUnknown = command.startsWith("/") && commands !== undefined && hints.length === 0 &&
    !commands.includes(command);
  return { hints, unknown: isUnknown ? command : undefined };
}

export function CommandHints(
  { hints, onChoose }: { hints: readonly string[]; onChoose: (command: string) => void },
) {
  if (hints.length === 0) return null;
  return (
    <div class="hints" role="group" aria-label="Commands" data-testid="hints">
      {hints.slice(0, MAX_HINTS).map((hint) => (
        <button
          type="button"
          key={hint}
          onClick={() => onChoose(hint)}
        >
          {hint}
        </button>
      ))}
    </div>
  );
}

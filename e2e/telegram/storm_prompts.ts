import type { SeenChat, SeenMessage } from "./bot_api/mod.ts";
import type { StormMachine } from "./storm_machine.ts";

/** A prompt that was said in a session's topic. */
export interface SaidPrompt {
  readonly session: string;
  readonly message: SeenMessage;
}

export interface PromptResult {
  /** Came to their machines. */
  readonly come: number;
  /** Did not, and the answer says why. */
  readonly refused: number;
  /** Of those that came or not: whoever said them was told that it is not known. */
  readonly unknown: number;
  /** Answered twice, in the same words: a kill made the answer's outcome unknown. */
  readonly twice: number;
  /** Neither came nor were answered. */
  readonly silent: string[];
  /** What must not be: each in words. */
  readonly wrong: string[];
}

/** What became of the prompts: as their machines and the chat have it. */
export function promptsOf(
  said: readonly SaidPrompt[],
  machines: readonly StormMachine[],
  chat: SeenChat,
): PromptResult {
  const heard = Map.groupBy(machines.flatMap(({ prompts }) => prompts), ({ text }) => text);
  const answers = Map.groupBy(chat.messages.filter(({ from }) => !from), ({ replyTo }) => replyTo);
  let [come, refused, unknown, twice] = [0, 0, 0, 0];
  const silent: string[] = [];
  const wrong: string[] = [];
  for (const { session, message: { id, text } } of said) {
    const found = heard.get(text) ?? [];
    const told = answers.get(id) ?? [];
    const [answer] = told;
    const isUnknown = answer?.text.includes("it may have arrived") ?? false;
    if (found.length > 0) come += 1;
    else if (answer === undefined) silent.push(text);
    else if (!isUnknown) refused += 1;
    if (isUnknown) unknown += 1;
    const isTwice = told.length === 2 && told[1]?.text === answer?.text;
    if (isTwice) twice += 1;
    else if (told.length > 1) wrong.push(`"${text}" is answered ${told.length} times`);
    if (found.some((prompt) => prompt.session !== session)) wrong.push(`"${text}" came elsewhere`);
    // A machine knows a prompt that is sent again by its key.
    if (found.length > 1 || found.some(({ keys }) => keys.size !== 1)) {
      wrong.push(`"${text}" came under several keys`);
    }
    if (found.length > 0 && answer !== undefined && !isUnknown) {
      wrong.push(`"${text}" came, and is answered "${answer.text}"`);
    }
  }
  return { come, refused, unknown, twice, silent, wrong };
}

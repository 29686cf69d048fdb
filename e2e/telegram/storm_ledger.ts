import type { Call, SeenChat, SeenMessage } from "./bot_api/mod.ts";

/** A final message that was said. */
interface Said {
  readonly session: string;
  readonly number: number;
  readonly turn: string;
}

export interface LedgerResult {
  readonly said: number;
  /** Seen exactly once, in the session's own topic. */
  readonly once: number;
  /** Told by the relay as of unknown outcome: seen once, and not at all. */
  readonly unknownSeen: string[];
  readonly unknownUnseen: string[];
  /** Of those, the ones whose call did get an answer, or never came: the relay was killed meanwhile. */
  readonly unknownByKill: string[];
  /** What must not be: each in words. */
  readonly wrong: string[];
  /** Messages that hold finals; several may stand in one after a backlog. */
  readonly messages: number;
}

/** What was said, and whether a person sees it as they should. */
export class StormLedger {
  readonly #said: Said[] = [];

  get said(): number {
    return this.#said.length;
  }

  /** Notes a final message; the words that it must begin and end with. */
  note(session: string, number: number, turn: string): { first: string; last: string } {
    this.#said.push({ session, number, turn });
    return { first: firstWord(session, number), last: `end-${session}-${number}.` };
  }

  /** How many of the finals are to be seen at least once. */
  seen(chat: SeenChat): number {
    const text = chat.messages.map(textOf).join("\n");
    const words = new Set(text.match(/final-\w+-\d+(?=:)/g));
    return this.#said.filter(({ session, number }) => words.has(`final-${session}-${number}`))
      .length;
  }

  /**
   * `unknown`: turns whose sending the relay lists as of unknown outcome; `lost`: calls whose answer
   * did not come to it.
   */
  check(chat: SeenChat, unknown: ReadonlySet<string>, lost: readonly Call[]): LedgerResult {
    const wrong: string[] = [];
    const unanswered = lost.map(({ params }) => `${params.text ?? ""}`).join("\n");
    const places = new Map<string, SeenMessage[]>();
    const messages = new Set<SeenMessage>();
    for (const message of chat.messages) {
      if (message.from) continue;
      for (const [word] of message.text.matchAll(/final-\w+-\d+(?=:)/g)) {
        places.set(word, [...places.get(word) ?? [], message]);
        messages.add(message);
      }
    }
    const ends = new Map<string, number>();
    for (const message of chat.messages) {
      for (const [word] of textOf(message).matchAll(/end-\w+-\d+(?=\.)/g)) {
        ends.set(word, (ends.get(word) ?? 0) + 1);
      }
    }
    let once = 0;
    const unknownSeen: string[] = [];
    const unknownUnseen: string[] = [];
    const unknownByKill: string[] = [];
    for (const { session, number, turn } of this.#said) {
      const word = `final-${session}-${number}`;
      const found = places.get(word) ?? [];
      if (found.length > 1) wrong.push(`${word} is seen ${found.length} times`);
      if (unknown.has(turn)) {
        (found.length > 0 ? unknownSeen : unknownUnseen).push(word);
        const own = [`${word}:`, `end-${session}-${number}.`, `of ${session}-${number}.`];
        const isPart = own.some((words) => unanswered.includes(words));
        if (!isPart) unknownByKill.push(word);
        continue;
      }
      if (found.length === 0) {
        wrong.push(`${word} is not seen`);
        continue;
      }
      const end = ends.get(`end-${session}-${number}`) ?? 0;
      if (end !== 1) wrong.push(`the end of ${word} is seen ${end} times`);
      const { topic } = found[0]!;
      const name = topic === undefined ? undefined : chat.topics.get(topic)?.name;
      if (!isTopicOf(session, name)) wrong.push(`${word} is in "${name}"`);
      if (found.length === 1) once += 1;
    }
    wrong.push(...disordered(chat));
    return {
      said: this.#said.length,
      once,
      unknownSeen,
      unknownUnseen,
      unknownByKill,
      wrong,
      messages: messages.size,
    };
  }
}

/** By its title; or by its id, if it was made after a kill before the machine was back to tell it. */
export function isTopicOf(session: string, name = ""): boolean {
  return name.startsWith(`Session ${session} `) || name.startsWith(`${session} `);
}

/** Finals of a session that stand before an earlier one. */
function disordered(chat: SeenChat): string[] {
  const wrong: string[] = [];
  const last = new Map<string, number>();
  for (const message of chat.messages) {
    for (const [, session = "", digits] of message.text.matchAll(/final-(\w+)-(\d+):/g)) {
      const number = Number(digits);
      const before = last.get(session) ?? 0;
      if (number < before) wrong.push(`final-${session}-${number} comes after ${before}`);
      last.set(session, Math.max(number, before));
    }
  }
  return wrong;
}

function firstWord(session: string, number: number): string {
  return `final-${session}-${number}:`;
}

/** What is read in a message and in the document under it. */
function textOf({ text, file }: SeenMessage): string {
  return file === undefined ? text : `${text}\n${new TextDecoder().decode(file.bytes)}`;
}

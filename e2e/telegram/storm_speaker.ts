import { type Clock, sleep } from "@chatcode/kit";
import type { StormLedger } from "./storm_ledger.ts";
import type { StormMachine } from "./storm_machine.ts";

/** One in so many exchanges begins with a prompt from Telegram. */
const PROMPT_EVERY = 5;

/** How long a prompt may take to come: a killed relay, and Telegram's wait for the next try. */
const PROMPT_LIMIT_MS = 300_000;

export interface SpeakerParts {
  readonly machine: StormMachine;
  readonly ledger: StormLedger;
  readonly clock: Clock;
  readonly random: () => number;
  /** Between two exchanges, about. */
  readonly meanMs: number;
  /** Says a prompt in the session's topic; false if there is none yet. */
  say(session: string): boolean;
}

/** What happens in one session: exchanges one after the other, some asked for in Telegram. */
export class Speaker {
  readonly #session: string;
  readonly #finals: number;
  readonly #parts: SpeakerParts;
  #turns = 0;
  #prompted = Promise.withResolvers<void>();

  constructor(session: string, finals: number, parts: SpeakerParts) {
    this.#session = session;
    this.#finals = finals;
    this.#parts = parts;
  }

  prompted(): void {
    this.#prompted.resolve();
  }

  async run(): Promise<void> {
    const { clock, meanMs, random, say } = this.#parts;
    for (let number = 1; number <= this.#finals; number++) {
      await sleep(clock, meanMs * (0.2 + random() * 1.2));
      this.#prompted = Promise.withResolvers();
      if (number % PROMPT_EVERY === 0 && say(this.#session)) {
        // Whether it came is counted at the end.
        await Promise.race([this.#prompted.promise, sleep(clock, PROMPT_LIMIT_MS)]);
      }
      await this.#exchange(number);
    }
  }

  async #exchange(number: number): Promise<void> {
    const { clock, ledger, machine, random } = this.#parts;
    const id = () => `${this.#session}-t${++this.#turns}`;
    machine.say(this.#session, { kind: "prompt", id: id(), text: `Do ${number}` } as never);
    const steps = 1 + Math.floor(random() * 3);
    for (let step = 0; step < steps; step++) {
      await sleep(clock, 500 + random() * 6_000);
      machine.say(
        this.#session,
        (random() < 0.5
          ? { kind: "progress", id: id(), text: `Step ${step} of ${number}` }
          : { kind: "tool", id: id(), name: "Bash", summary: `ls ${step}`, state: "ok" }) as never,
      );
    }
    await sleep(clock, 500 + random() * 4_000);
    const turn = id();
    const { first, last } = ledger.note(this.#session, number, turn);
    const text = `${first} ${finalText(random, `${this.#session}-${number}`)}\n\n${last}`;
    machine.say(this.#session, { kind: "final", id: turn, text } as never);
  }
}

/** Short ones, Markdown, now and then one of several messages or a document. */
function finalText(random: () => number, name: string): string {
  const kind = random();
  if (kind < 0.6) return "Done: **all** tests pass, see `main.ts`.";
  if (kind < 0.9) {
    return "Changed:\n\n- [a](src/a.ts)\n- `b`\n\n```ts\nconst a = 1;\n```\n\n| a | b |\n|--|--|\n| 1 | 2 |";
  }
  return `A long answer of ${name}.\n\n`.repeat(kind < 0.97 ? 200 : 900);
}

import type { Button, Emoji, Place, Replies, Said } from "../in/replies.ts";

export interface Spoken {
  readonly place: Place;
  /** For an edit the message; for a new one its number among the new ones, from 1001. */
  readonly message: number;
  readonly text: string;
  readonly buttons: readonly Button[];
  readonly to: number | undefined;
  readonly edited: boolean;
  readonly quiet: boolean;
}

/** Replies that a test reads instead of a person. */
export class SpokenReplies implements Replies {
  readonly said: Spoken[] = [];
  readonly reactions: string[] = [];
  readonly answers: string[] = [];
  readonly #keys = new Set<string>();

  get last(): Spoken {
    const last = this.said.at(-1);
    if (last === undefined) throw new Error("Nothing was said");
    return last;
  }

  /** What the button of the last message carries whose text has `words` in it. */
  data(words: string): string {
    const button = this.last.buttons.find(({ text }) => text.includes(words));
    if (button === undefined || !("data" in button)) {
      throw new Error(`No button "${words}" under "${this.last.text}"`);
    }
    return button.data;
  }

  say(place: Place, said: Said, key: string): Promise<void> {
    if (!this.#keys.has(key)) this.#keep(place, 1001 + this.#keys.size, said, false);
    this.#keys.add(key);
    return Promise.resolve();
  }

  edit(place: Place, message: number, said: Said): Promise<void> {
    this.#keep(place, message, said, true);
    return Promise.resolve();
  }

  react(_place: Place, message: number, emoji: Emoji | null): Promise<void> {
    this.reactions.push(`${message} ${emoji ?? "none"}`);
    return Promise.resolve();
  }

  answer(_press: string, text = "", { alert = false } = {}): Promise<void> {
    this.answers.push(alert ? `! ${text}` : text);
    return Promise.resolve();
  }

  typing(): Promise<void> {
    return Promise.resolve();
  }

  #keep(place: Place, message: number, said: Said, edited: boolean): void {
    const { rich: { text }, buttons = [], to, quiet = false } = said;
    this.said.push({ place, message, text, buttons: buttons.flat(), to, edited, quiet });
  }
}

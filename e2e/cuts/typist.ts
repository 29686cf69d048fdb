import { waitFor } from "../../kit/testing/wait_for.ts";
import type { TerminalPage } from "../harness/terminal_page.ts";

/** Types numbered keys, `n1;n2;n3;…`, without a pause, whatever happens to the connection. */
export class Typist {
  readonly #terminal: TerminalPage;
  #typing: Promise<void> | undefined;
  #stop = false;
  #typed = 0;

  constructor(terminal: TerminalPage) {
    this.#terminal = terminal;
  }

  /** The last number that was typed in full. */
  get typed(): number {
    return this.#typed;
  }

  /** All that was typed so far. */
  get text(): string {
    return Array.from({ length: this.#typed }, (_, i) => `n${i + 1};`).join("");
  }

  async start(): Promise<void> {
    await this.#terminal.focus();
    this.#stop = false;
    this.#typing = (async () => {
      while (!this.#stop) {
        await this.#terminal.page.keyboard.type(`n${this.#typed + 1};`);
        this.#typed += 1;
      }
    })();
  }

  async stop(): Promise<void> {
    this.#stop = true;
    await this.#typing;
  }

  /** The highest number that shows on the screen. */
  async seen(): Promise<number> {
    const text = (await this.#terminal.screen()).join("");
    return Math.max(0, ...[...text.matchAll(/n(\d+);/g)].map(([, number]) => Number(number)));
  }

  /** Resolves when a number above `number` shows. */
  async sees(number: number, deadlineMs = 30_000): Promise<void> {
    await waitFor(async () => await this.seen() > number, {
      what: `a number above ${number} on the screen`,
      deadlineMs,
    });
  }
}

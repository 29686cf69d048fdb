import type { Turn } from "@chatcode/protocol";
import { Exchange } from "./exchange.ts";
import { isLoose, type Loose } from "./loose.ts";
import type { TranscriptReader } from "./transcript_reader.ts";
import { digest } from "./turn_book.ts";

/** The part of a reader that is the same for every agent: repeats, bounds, what was skipped. */
export abstract class ExchangeReader implements TranscriptReader {
  protected readonly exchange = new Exchange();
  protected conversationId: string | undefined;
  protected folder: string | undefined;
  #skipped = 0;
  #handover: "before" | "after" | undefined;

  constructor(conversation?: string) {
    this.conversationId = conversation;
  }

  get conversation(): string | undefined {
    return this.conversationId;
  }

  get cwd(): string | undefined {
    return this.folder;
  }

  get busy(): boolean {
    return this.exchange.isBusy;
  }

  get answered(): boolean {
    return this.exchange.isAnswered;
  }

  get skipped(): number {
    return this.#skipped;
  }

  get handover(): "before" | "after" | undefined {
    return this.#handover;
  }

  push(record: unknown): Turn[] {
    const { begins } = this.exchange;
    const turns = this.#tell(record);
    if (!this.exchange.isOpen) this.#handover = "after";
    else this.#handover = this.exchange.begins > begins ? "before" : undefined;
    return turns;
  }

  finish(): Turn[] {
    return this.exchange.end();
  }

  /** The turns of one record, or `undefined` when its kind is not known. */
  protected abstract read(record: Loose): Turn[] | undefined;

  #tell(record: unknown): Turn[] {
    try {
      // The very same record again tells nothing new, whatever has happened since.
      if (isLoose(record)) {
        if (!this.exchange.book.mark(digest(JSON.stringify(record)))) return [];
        const turns = this.read(record);
        if (turns !== undefined) return turns;
      }
    } catch {
      // A shape that nobody has seen yet: counted below, and the next record is read.
    }
    this.#skipped++;
    return [];
  }
}

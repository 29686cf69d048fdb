import type { Log } from "@chatcode/kit";
import type { AgentId, Turn } from "@chatcode/protocol";
import type { Agent } from "../agents/agent.ts";
import type { TranscriptPlace } from "../agents/transcript_place.ts";
import type { TranscriptReader } from "../agents/transcript_reader.ts";
import { readLastTurns } from "../transcripts/last_turns.ts";
import { FileRecords, type Records } from "../transcripts/records.ts";
import type { Outbox, Outgoing } from "./outbox.ts";
import { pause } from "../pause.ts";

export interface ConversationOptions {
  readonly agent: Agent;
  /** The agent's own id of it. */
  readonly id: string;
  /** The path of its transcript: a file of its own, or a database that holds others too. */
  readonly transcript: string;
  readonly place: TranscriptPlace;
  readonly outbox: Outbox;
  /** What was said before was told before: by whoever ran the agent then. */
  readonly sinceMs: number;
  readonly log: Log;
  /** `outgoing` is missing where the turn was told by an earlier gateway. */
  readonly onTurn: (turn: Turn, outgoing: Outgoing | undefined) => void;
  /** Everything that stood in the transcript is told. */
  readonly onCaughtUp: () => void;
}

/** A larger transcript is not read from its start, in bytes. */
const WHOLE_BYTES = 8 * 1024 * 1024;
/** Clocks of processes and files differ by so much, in milliseconds. */
const CLOCK_SLACK_MS = 2_000;
/** Between two tries to follow a transcript that cannot be read, in milliseconds. */
const AGAIN_MS = 1_000;
const MAX_AGAIN_MS = 30_000;
/** An agent that ends may write for so long, in milliseconds. */
const LAST_WORDS_MS = 1_500;

/** One transcript, followed while its agent runs. */
export class Conversation implements AsyncDisposable {
  readonly #options: ConversationOptions;
  readonly #closing = new AbortController();
  #reader: TranscriptReader;
  #records: Records | undefined;
  #running: Promise<void> = Promise.resolve();
  #position = 0;
  #hasRoom = Promise.withResolvers<void>();
  #caughtUp = false;
  /** Records that were not understood, as far as the log knows. */
  #toldSkipped = 0;
  #onCaughtUp: (() => void) | undefined;
  #hasSpoken = false;

  private constructor(options: ConversationOptions) {
    this.#options = options;
    this.#reader = options.agent.newReader(options.id);
  }

  static follow(options: ConversationOptions): Conversation {
    const conversation = new Conversation(options);
    conversation.#running = conversation.#follow();
    return conversation;
  }

  get id(): string {
    return this.#options.id;
  }

  get agent(): AgentId {
    return this.#options.agent.id;
  }

  get place(): TranscriptPlace {
    return this.#options.place;
  }

  get transcript(): string {
    return this.#options.transcript;
  }

  /** Whether, by its records, the agent works. */
  get isBusy(): boolean {
    return this.#hasSpoken && this.#reader.busy;
  }

  /** Whether the last that it said may be its answer. */
  get isAnswered(): boolean {
    return this.#reader.answered;
  }

  /** Whether the transcript was read to its end once. */
  get isCaughtUp(): boolean {
    return this.#caughtUp;
  }

  /** Looks at the transcript now. */
  poke(): void {
    this.#records?.poke();
  }

  /** Something else told that the exchange is over. */
  finish(): void {
    this.#tell(this.#reader.finish());
  }

  /** The relay took turns: there may be room again. */
  acknowledged(): void {
    if (this.#options.outbox.isFull) return;
    this.#hasRoom.resolve();
    this.#hasRoom = Promise.withResolvers();
  }

  /** Reads what is there, for at most a moment, and ends. */
  async end(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onCaughtUp = resolve;
    const timer = setTimeout(resolve, LAST_WORDS_MS);
    this.poke();
    await promise;
    clearTimeout(timer);
    await this[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#hasRoom.resolve();
    await this.#running;
  }

  /** Whatever fails, such as a file that is not ours to read yet, is tried again. */
  async #follow(): Promise<void> {
    const { signal } = this.#closing;
    const { agent, id, log } = this.#options;
    for (let waitMs = AGAIN_MS; !signal.aborted; waitMs = Math.min(MAX_AGAIN_MS, 2 * waitMs)) {
      try {
        return await this.#run();
      } catch (error) {
        if (signal.aborted) return;
        log.warn("conversation.failed", { agent: agent.id, againInMs: waitMs, error });
        // What was told since the last checkpoint is read again, and not told again.
        this.#reader = agent.newReader(id);
        await pause(waitMs, signal);
      }
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    const { agent, id } = this.#options;
    const all = this.#records = await this.#open();
    let handover: number | undefined;
    for await (const { records, restarted, caughtUp } of all) {
      if (restarted) {
        this.#reader = agent.newReader(id);
        handover = undefined;
      }
      for (const { record, position, next } of records) {
        await this.#room();
        if (signal.aborted) return;
        this.#position = position;
        this.#tell(this.#reader.push(record));
        if (this.#reader.handover === "before") handover = position;
        if (this.#reader.handover === "after") handover = next;
      }
      if (handover !== undefined && records.length > 0) await this.#mark(all, handover);
      if (caughtUp) {
        this.#caughtUp = true;
        this.#tellSkipped();
        this.#onCaughtUp?.();
        this.#options.onCaughtUp();
      }
    }
  }

  /** From where an earlier gateway left off; else the start, or the end of what is large. */
  async #open(): Promise<Records> {
    const { outbox, transcript, agent, id, place, sinceMs } = this.#options;
    const { signal } = this.#closing;
    const { checkpoint } = outbox;
    const saved = checkpoint?.transcript === transcript && checkpoint.conversation === id
      ? { offset: checkpoint.position, check: checkpoint.check }
      : undefined;
    if (place.kind === "database") {
      const fromMs = saved?.offset ?? Math.max(0, sinceMs - CLOCK_SLACK_MS);
      return place.follow(id, { sinceMs: fromMs, signal });
    }
    if (saved !== undefined) return new FileRecords(transcript, { signal, from: saved });
    const size = await Deno.stat(transcript).then((found) => found.size, () => 0);
    if (size <= WHOLE_BYTES) return new FileRecords(transcript, { signal });
    const newReader = () => agent.newReader(id);
    const last = await readLastTurns(transcript, { newReader, turns: 200 });
    this.#reader = last.reader;
    this.#position = last.position.offset;
    this.#tell(last.turns);
    return new FileRecords(transcript, { signal, from: last.position });
  }

  #tell(turns: readonly Turn[]): void {
    const { agent, id, outbox, sinceMs, onTurn } = this.#options;
    for (const turn of turns) {
      if (turn.atMs < sinceMs - CLOCK_SLACK_MS) continue;
      this.#hasSpoken = true;
      const source = { agent: agent.id, conversation: id, position: this.#position };
      onTurn(turn, outbox.push(source, turn));
    }
  }

  /** Of a newer agent than we know, most likely. */
  #tellSkipped(): void {
    const { agent, log } = this.#options;
    const { skipped } = this.#reader;
    if (skipped > this.#toldSkipped) {
      log.debug("conversation.skipped", { agent: agent.id, skipped });
    }
    this.#toldSkipped = skipped;
  }

  async #mark(records: Records, position: number): Promise<void> {
    const { outbox, transcript, id } = this.#options;
    try {
      const check = await records.checkAt(position);
      outbox.mark({ conversation: id, transcript, position, check });
    } catch {
      // It was removed meanwhile: the earlier checkpoint stands.
    }
  }

  async #room(): Promise<void> {
    while (this.#options.outbox.isFull && !this.#closing.signal.aborted) {
      await this.#hasRoom.promise;
    }
  }
}

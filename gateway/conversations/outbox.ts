import type { Log } from "@chatcode/kit";
import { type AgentId, agentId, type Turn, turn as turnSchema } from "@chatcode/protocol";
import { z } from "zod";

/** A turn with its number, as it waits for the relay's word that it has it. SPEC [TU7]. */
export interface Outgoing {
  readonly outbox: number;
  readonly agent: AgentId;
  readonly conversation: string;
  readonly turn: Turn;
}

/** Where a reader may take over in a conversation's transcript. */
export interface Checkpoint {
  readonly conversation: string;
  readonly transcript: string;
  /** As the transcript's follower counts: bytes of a file, or a time. */
  readonly position: number;
  /** Tells whether the file is still the one that was read. */
  readonly check: string;
}

const line = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("turn"),
    outbox: z.int().min(0),
    agent: agentId,
    conversation: z.string(),
    position: z.int().min(0),
    turn: turnSchema,
  }),
  /** A turn that needs not be told again, and must be known as told. */
  z.object({
    type: z.literal("told"),
    conversation: z.string(),
    position: z.int().min(0),
    id: z.string(),
    rev: z.int().min(0),
  }),
  z.object({ type: z.literal("ack"), outbox: z.int().min(0) }),
  z.object({
    type: z.literal("checkpoint"),
    conversation: z.string(),
    transcript: z.string(),
    position: z.int().min(0),
    check: z.string(),
  }),
]);
type Line = z.infer<typeof line>;

interface Told {
  readonly conversation: string;
  readonly id: string;
  readonly rev: number;
  readonly position: number;
}

/** Turns that wait; beyond, the transcript is not read on: it keeps what comes next. */
const MAX_WAITING = 2_000;
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
/** The file is written anew when it is larger and mostly old. */
const COMPACT_BYTES = 1024 * 1024;

/**
 * The turns of one session on their way to the relay, in a file that outlives the gateway. It knows
 * what was told since the last checkpoint, so that a transcript read again tells nothing twice.
 */
export class Outbox implements Disposable {
  readonly #path: string;
  readonly #log: Log;
  /** Missing while it cannot be written: what is known is then in memory alone. */
  #file: Deno.FsFile | undefined;
  #isFailing = false;
  #isClosed = false;
  #bytes = 0;
  #next = 1;
  #waiting: Outgoing[] = [];
  #waitingBytes = 0;
  /** By conversation and turn. */
  readonly #told = new Map<string, Told>();
  #checkpoint: Checkpoint | undefined;

  private constructor(path: string, log: Log) {
    this.#path = path;
    this.#log = log;
    for (const each of readLines(path)) this.#apply(each);
    this.#writing(() => this.#rewrite());
  }

  /** Takes up what an earlier gateway left. The folder must exist. */
  static open(path: string, log: Log): Outbox {
    return new Outbox(path, log);
  }

  get checkpoint(): Checkpoint | undefined {
    return this.#checkpoint;
  }

  /** What the relay has not acknowledged, in order. */
  get waiting(): readonly Outgoing[] {
    return this.#waiting;
  }

  /** Whether nothing more should be read until the relay acknowledges. */
  get isFull(): boolean {
    return this.#waiting.length >= MAX_WAITING || this.#waitingBytes >= MAX_WAITING_BYTES;
  }

  /** @returns what is to be sent; nothing if it was told already */
  push(source: { agent: AgentId; conversation: string; position: number }, turn: Turn) {
    const { agent, conversation, position } = source;
    const known = this.#told.get(keyOf(conversation, turn.id));
    if (known !== undefined && known.rev >= turn.rev) return undefined;
    const outgoing: Outgoing = { outbox: this.#next, agent, conversation, turn };
    this.#write({ type: "turn", ...outgoing, position });
    return outgoing;
  }

  /** From here a reader can take over: what was told before need not be known any more. */
  mark(checkpoint: Checkpoint): void {
    const { conversation, position } = checkpoint;
    const now = this.#checkpoint;
    if (now?.conversation === conversation && now.position >= position) return;
    this.#write({ type: "checkpoint", ...checkpoint });
  }

  /** The relay has everything up to `outbox`. */
  ack(outbox: number): void {
    if (!this.#waiting.some((each) => each.outbox <= outbox)) return;
    this.#write({ type: "ack", outbox });
  }

  /** The session is over and all is told. */
  remove(): void {
    this[Symbol.dispose]();
    try {
      Deno.removeSync(this.#path);
    } catch {
      // It is gone already.
    }
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#close();
  }

  #write(each: Line): void {
    this.#apply(each);
    if (this.#isClosed) return; // last words of what is removed
    this.#writing(() => {
      // What could not be written before is in what is written anew.
      if (this.#file === undefined) return this.#rewrite();
      const bytes = new TextEncoder().encode(JSON.stringify(each) + "\n");
      writeAll(this.#file, bytes);
      this.#bytes += bytes.length;
      if (this.#bytes > COMPACT_BYTES && this.#bytes > 3 * this.#waitingBytes) this.#rewrite();
    });
  }

  /** A full disk must not end a conversation: this gateway still knows, and writes when it can. */
  #writing(act: () => void): void {
    try {
      act();
      this.#isFailing = false;
    } catch (error) {
      this.#close(); // it may end with half a line
      if (!this.#isFailing) this.#log.warn("outbox.write_failed", { error });
      this.#isFailing = true;
    }
  }

  #close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #apply(each: Line): void {
    switch (each.type) {
      case "turn": {
        const { outbox, agent, conversation, turn, position } = each;
        this.#waiting.push({ outbox, agent, conversation, turn });
        this.#waitingBytes += sizeOf(turn);
        this.#next = outbox + 1;
        return this.#remember({ conversation, id: turn.id, rev: turn.rev, position });
      }
      case "told":
        return this.#remember(each);
      case "ack":
        this.#waiting = this.#waiting.filter((outgoing) => outgoing.outbox > each.outbox);
        this.#waitingBytes = this.#waiting.reduce((sum, { turn }) => sum + sizeOf(turn), 0);
        this.#next = Math.max(this.#next, each.outbox + 1);
        return;
      case "checkpoint": {
        const { conversation, transcript, position, check } = each;
        this.#checkpoint = { conversation, transcript, position, check };
        for (const [key, told] of this.#told) {
          if (told.conversation !== conversation || told.position < position) {
            this.#told.delete(key);
          }
        }
        return;
      }
      default:
        each satisfies never;
    }
  }

  #remember(told: Told): void {
    this.#told.set(keyOf(told.conversation, told.id), told);
  }

  /** A file with what still matters, in place of the old one. */
  #rewrite(): void {
    const waiting = new Set(
      this.#waiting.map(({ turn, conversation }) => keyOf(conversation, turn.id)),
    );
    const lines: Line[] = [{ type: "ack", outbox: (this.#waiting[0]?.outbox ?? this.#next) - 1 }];
    if (this.#checkpoint !== undefined) lines.push({ type: "checkpoint", ...this.#checkpoint });
    for (const [key, { conversation, id, rev, position }] of this.#told) {
      if (!waiting.has(key)) lines.push({ type: "told", conversation, id, rev, position });
    }
    for (const outgoing of this.#waiting) {
      const told = this.#told.get(keyOf(outgoing.conversation, outgoing.turn.id));
      lines.push({ type: "turn", ...outgoing, position: told?.position ?? 0 });
    }
    const bytes = new TextEncoder().encode(
      lines.map((each) => JSON.stringify(each) + "\n").join(""),
    );
    const draft = `${this.#path}.draft`;
    Deno.writeFileSync(draft, bytes, { mode: 0o600 });
    Deno.renameSync(draft, this.#path);
    this.#close();
    this.#file = Deno.openSync(this.#path, { append: true });
    this.#bytes = bytes.length;
  }
}

function keyOf(conversation: string, id: string): string {
  return `${conversation}\n${id}`;
}

function sizeOf(turn: Turn): number {
  const text = "text" in turn ? turn.text.length : 0;
  const more = turn.kind === "tool" ? (turn.diff?.length ?? 0) + (turn.output?.length ?? 0) : 0;
  return 200 + text + more;
}

/** A gateway that was killed may have left half a line: it was never sent. */
function readLines(path: string): Line[] {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  return text.split("\n").flatMap((each) => {
    try {
      const parsed = line.safeParse(JSON.parse(each));
      return parsed.success ? [parsed.data] : [];
    } catch {
      return [];
    }
  });
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}

import type { Turn } from "@chatcode/protocol";

/**
 * Turns the records of one conversation's transcript into turns, one record at a time. It reads no
 * file and no clock: the same records always give the same turns, with the same ids and revs.
 */
export interface TranscriptReader {
  /** The turns that `record` adds or tells anew; to be upserted by id. Never throws. */
  push(record: unknown): Turn[];
  /** Something other than the transcript, such as a hook, told that the exchange is over. */
  finish(): Turn[];
  /** The agent's own id of the conversation, once a record told it. */
  readonly conversation: string | undefined;
  /** The folder the agent works in, once a record told it. */
  readonly cwd: string | undefined;
  /** Whether, by the records so far, the agent still works on an exchange. */
  readonly busy: boolean;
  /** Busy, and the last record told a text, which may be the answer. */
  readonly answered: boolean;
  /** Records that were not understood. */
  readonly skipped: number;
  /**
   * Where a new reader may take over so that it tells the same turns, with the same ids and revs,
   * from there on: before the last record (which it must read again) or after it.
   */
  readonly handover: "before" | "after" | undefined;
}

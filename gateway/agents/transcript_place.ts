import type { Records } from "../transcripts/records.ts";

/** Where an agent keeps what was said. */
export type TranscriptPlace = TranscriptFiles | TranscriptDatabase;

/** A file with one JSON record a line for each conversation. */
export interface TranscriptFiles {
  readonly kind: "files";
  /** The folder that holds them all; it may not exist yet. */
  readonly root: string;
  /** How many folders below `root` a transcript lies at most. */
  readonly depth: number;
  /**
   * Whether the file at `path`, relative to `root`, may be the transcript of `conversation`; without
   * one, whether it may be a transcript at all.
   */
  matches(path: string, conversation?: string): boolean;
  /** Whether a transcript that begins with `head` is a subagent's. Default: none is. */
  isSubagents?(head: string): boolean;
}

/** One database with all conversations. Nothing here throws because of what stands in it. */
export interface TranscriptDatabase {
  readonly kind: "database";
  readonly path: string;
  /** The user's conversations, not subagents', created since then; all or that one. */
  stored(query: { sinceMs: number; conversation?: string }): StoredConversation[];
  /** The conversations in which the user wrote this text since then. */
  withPrompt(typed: { text: string; sinceMs: number }): string[];
  /** The records of one conversation as they come, from those that were made at `sinceMs` on. */
  follow(conversation: string, from: { sinceMs: number; signal: AbortSignal }): Records;
  /** The records of its last messages. */
  readLast(
    conversation: string,
    last: { messages: number; signal: AbortSignal },
  ): Promise<{ records: unknown[]; hasMore: boolean }>;
}

export interface StoredConversation {
  readonly id: string;
  readonly directory: string;
  readonly createdMs: number;
}

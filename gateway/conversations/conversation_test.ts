import { assertEquals } from "@std/assert";
import { silentLog } from "@chatcode/kit";
import { waitFor } from "../../kit/testing/wait_for.ts";
import type { TranscriptDatabase } from "../agents/transcript_place.ts";
import type { RecordBatch, Records } from "../transcripts/records.ts";
import { parrot } from "../testing/parrot/agent.ts";
import { Conversation } from "./conversation.ts";
import { Outbox } from "./outbox.ts";

const RECORDS = [
  { type: "user", id: "1", at: 1_000, text: "hello" },
  { type: "text", id: "2", at: 2_000, text: "hello to you" },
  { type: "done", id: "3", at: 3_000 },
];

/** Gives some records and breaks, as often as it is told to. */
class BreakingRecords implements Records {
  constructor(readonly breaksAfter: number) {}

  poke(): void {}

  checkAt(): Promise<string> {
    return Promise.resolve("");
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<RecordBatch, void, void> {
    for (const [at, record] of RECORDS.entries()) {
      if (at === this.breaksAfter) throw new Error("The disk coughs");
      const records = [{ record, position: at, next: at + 1 }];
      yield await Promise.resolve({ records, restarted: false, caughtUp: at === 2 });
    }
  }
}

Deno.test("a transcript that cannot be read for a while is followed on, nothing told twice", async () => {
  const folder = await Deno.makeTempDir({ prefix: "cc-conversation-" });
  const tries = [0, 1, 2, 9];
  const place: TranscriptDatabase = {
    kind: "database",
    path: `${folder}/some.db`,
    stored: () => [],
    withPrompt: () => [],
    follow: () => new BreakingRecords(tries.shift() ?? 9),
    readLast: () => Promise.resolve({ records: [], hasMore: false }),
  };
  const told: string[] = [];
  try {
    using outbox = Outbox.open(`${folder}/s.outbox`, silentLog);
    await using conversation = Conversation.follow({
      ...{ agent: parrot, id: "c", transcript: place.path, place, outbox, sinceMs: 0 },
      log: silentLog,
      onTurn: (turn, outgoing) => {
        if (outgoing !== undefined) told.push(`${turn.kind} ${turn.rev}`);
      },
      onCaughtUp: () => {},
    });
    await waitFor(() => conversation.isCaughtUp, { what: "the end", deadlineMs: 30_000 });
    assertEquals(told, ["prompt 0", "progress 0", "final 1"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

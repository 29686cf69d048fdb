import type { MethodResult, Turn } from "@chatcode/protocol";
import { readLastTurns } from "../transcripts/last_turns.ts";
import type { AgentSession } from "./agent_session.ts";

/** Turns that paging goes back over at most; older ones stay on the machine. */
const MAX_BACK = 4_000;
const READ_LIMIT_MS = 5_000;
/** Of one answer, in UTF-16 units of JSON: a frame holds no more. */
const MAX_PAGE = 600 * 1024;

/** The turns before the one called `before`, oldest first; read from the end. SPEC [TU5]. */
export async function turnPage(
  agentSession: AgentSession,
  { before, limit }: { before: string | undefined; limit: number },
): Promise<MethodResult<"turns.list">> {
  const { conversation } = agentSession;
  if (conversation === undefined) return { turns: [] };
  let wanted = limit + 1;
  for (;;) {
    const { turns, hasMore } = await lastTurns(agentSession, wanted);
    const end = before === undefined ? turns.length : turns.findIndex(({ id }) => id === before);
    const isEnough = end > limit || !hasMore || wanted >= MAX_BACK;
    if (!isEnough) {
      wanted = Math.min(MAX_BACK, wanted * 2 + limit);
      continue;
    }
    const page = fitting(turns.slice(Math.max(0, end - limit), Math.max(0, end)));
    const first = page[0];
    const isMore = first !== undefined &&
      (hasMore || turns.findIndex(({ id }) => id === first.id) > 0);
    return { conversation: conversation.id, turns: page, ...(isMore && { older: first.id }) };
  }
}

async function lastTurns(
  { agent, conversation }: AgentSession,
  turns: number,
): Promise<{ turns: Turn[]; hasMore: boolean }> {
  if (conversation === undefined) return { turns: [], hasMore: false };
  const { id, transcript, place } = conversation;
  if (place.kind === "files") {
    return await readLastTurns(transcript, { newReader: () => agent.newReader(id), turns });
  }
  const { records, hasMore } = await place.readLast(id, {
    messages: Math.max(20, turns),
    signal: AbortSignal.timeout(READ_LIMIT_MS),
  });
  const reader = agent.newReader(id);
  const told = new Map<string, Turn>();
  for (const turn of records.flatMap((record) => reader.push(record))) told.set(turn.id, turn);
  const all = [...told.values()];
  return { turns: all.slice(-turns), hasMore: all.length > turns || hasMore };
}

/** The newest of them that an answer can hold. */
function fitting(turns: readonly Turn[]): Turn[] {
  let size = 0;
  const at = turns.findLastIndex((turn) => (size += JSON.stringify(turn).length) > MAX_PAGE);
  return turns.slice(at + 1);
}

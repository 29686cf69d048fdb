import { DatabaseSync } from "node:sqlite";
import type { Agent, Env } from "../agents/agent.ts";

export interface StoredSession {
  readonly id: string;
  readonly directory: string;
  readonly createdMs: number;
}

/** The users' sessions created since then, or the one of that id; none while it cannot be read. */
export function newSessions(path: string, sinceMs: number, id?: string): StoredSession[] {
  try {
    using db = new DatabaseSync(path, { readOnly: true });
    const where = id === undefined ? "time_created >= ?" : "time_created >= ? AND id = ?";
    return db.prepare(
      `SELECT id, directory, time_created FROM session WHERE parent_id IS NULL AND ${where}
       ORDER BY time_created LIMIT 50`,
    ).all(sinceMs, ...(id === undefined ? [] : [id])).map((row) => ({
      id: String(row["id"]),
      directory: String(row["directory"]),
      createdMs: Number(row["time_created"]),
    }));
  } catch {
    return []; // not there yet, or being migrated
  }
}

/** Whether a conversation of an agent with a database is the user's own, not a subagent's. */
export function isMainSession(agent: Agent, env: Env, conversation: string): boolean {
  const place = agent.transcripts(env);
  return place.kind === "files" || newSessions(place.path, 0, conversation).length > 0;
}

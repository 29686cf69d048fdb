import { DatabaseSync } from "node:sqlite";
import { visibleText } from "../../prompts/safe_text.ts";
import { parseLoose, textOf } from "../loose.ts";
import type { StoredConversation } from "../transcript_place.ts";

/** The user's sessions created since then, or the one of that id; none while it cannot be read. */
export function storedSessions(
  path: string,
  { sinceMs, conversation: id }: { sinceMs: number; conversation?: string },
): StoredConversation[] {
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

/** The sessions in which a prompt was written since then; none while it cannot be read. */
export function sessionsWithPrompt(
  path: string,
  { text, sinceMs }: { text: string; sinceMs: number },
): string[] {
  const wanted = visibleText(text);
  try {
    using db = new DatabaseSync(path, { readOnly: true });
    const rows = db.prepare(
      `SELECT part.session_id AS id, part.data AS part, message.data AS message
       FROM part JOIN message ON message.id = part.message_id
       JOIN session ON session.id = part.session_id AND session.parent_id IS NULL
       WHERE part.time_created >= ? ORDER BY part.time_created LIMIT 500`,
    ).all(sinceMs - 2_000);
    return [
      ...new Set(rows.flatMap(({ id, part, message }) => {
        const isUsers = parseLoose(message)["role"] === "user";
        return isUsers && visibleText(textOf(parseLoose(part)["text"])) === wanted
          ? [String(id)]
          : [];
      })),
    ];
  } catch {
    return [];
  }
}

import type { HostId, SessionId } from "@chatcode/protocol";
import { type AccountId, prefixes, type PushNoteRow, rows } from "../kv/keys.ts";
import type { Store } from "../kv/store.ts";

/** How long a note counts as shown, in milliseconds: a day. */
export const NOTE_KEPT_MS = 24 * 3600_000;

/** Notes that are read at once. */
const MAX_NOTES = 10_000;

/** A note that may be on an account's screens. */
export interface ShownNote extends PushNoteRow {
  readonly host: HostId;
  readonly session: SessionId;
  readonly account: AccountId;
}

type Place = Pick<ShownNote, "host" | "session" | "account">;

/**
 * Which notes were sent and not withdrawn, so that a restart of the relay neither repeats one nor
 * leaves one standing. Without their words.
 */
export class NoteBook {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** @returns false if this note, or one that is newer, was shown before */
  async show({ host, session, account, ...note }: ShownNote): Promise<boolean> {
    const row = rows.pushNote(host, session, account);
    return await this.#store.update(row, (shown, commit) => {
      if (shown?.kind === note.kind && shown.about === note.about) return false;
      const bothEnds = note.kind !== "waiting" && shown !== null && shown.kind !== "waiting";
      if (bothEnds && shown.atMs >= note.atMs) return false;
      commit.set(row, note, { expireInMs: NOTE_KEPT_MS });
      return true;
    });
  }

  async withdraw({ host, session, account }: Place): Promise<void> {
    await this.#store.delete(rows.pushNote(host, session, account));
  }

  /** What is shown of one session, or of all sessions of a machine. */
  async shown(host: HostId, session?: SessionId): Promise<ShownNote[]> {
    const prefix = session === undefined
      ? prefixes.pushNotesOn(host)
      : prefixes.pushNotesOf(host, session);
    const listing = await Array.fromAsync(this.#store.list(prefix, { limit: MAX_NOTES }));
    return listing.map(({ key, value }) => {
      const [, host, session, account] = key as [string, HostId, SessionId, AccountId];
      return { ...value, host, session, account };
    });
  }
}

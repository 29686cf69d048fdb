import { encodeHex } from "@std/encoding/hex";
import { sessionsIn } from "./session_files.ts";

/** Passwords of agents' own servers, one a session, in files that only this user can read. */
export class Secrets {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** A new one, or the one that the session has. */
  make(session: string): string {
    const known = this.read(session);
    if (known !== undefined) return this.pathOf(session);
    Deno.mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const secret = encodeHex(crypto.getRandomValues(new Uint8Array(24)));
    Deno.writeTextFileSync(this.pathOf(session), secret, { mode: 0o600 });
    return this.pathOf(session);
  }

  read(session: string): string | undefined {
    try {
      return Deno.readTextFileSync(this.pathOf(session));
    } catch {
      return undefined;
    }
  }

  /** Of others, which ended while no gateway ran, none stays. */
  keepOnly(sessions: ReadonlySet<string>): void {
    for (const session of sessionsIn(this.#folder, ".secret")) {
      if (!sessions.has(session)) this.remove(session);
    }
  }

  remove(session: string): void {
    try {
      Deno.removeSync(this.pathOf(session));
    } catch {
      // There was none.
    }
  }

  pathOf(session: string): string {
    return `${this.#folder}/${session}.secret`;
  }
}

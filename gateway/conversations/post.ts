import type { Log } from "@chatcode/kit";
import { Outbox, type Outgoing } from "./outbox.ts";

export interface PostOptions {
  readonly folder: string;
  readonly connected: () => boolean;
  readonly send: (session: string, outgoing: Outgoing) => void;
  readonly log: Log;
}

interface Box {
  readonly outbox: Outbox;
  /** The last that was sent in this connection. */
  sent: number;
}

/** Turns of one session on their way at once: the rest follows as the relay acknowledges. */
const IN_FLIGHT = 64;
/** Left by sessions that are over, and not told in this time: forgotten, in milliseconds. */
const KEEP_MS = 7 * 24 * 3600_000;
const NAME = /^([A-Za-z0-9_-]{1,64})\.outbox$/;

/** The outboxes of all sessions, also of those that are over and have turns to tell. */
export class Post implements Disposable {
  readonly #options: PostOptions;
  readonly #boxes = new Map<string, Box>();

  constructor(options: PostOptions) {
    this.#options = options;
    for (const { name } of Deno.readDirSync(options.folder)) {
      const session = NAME.exec(name)?.[1];
      if (session === undefined) continue;
      const { mtime } = Deno.statSync(`${options.folder}/${name}`);
      if (Date.now() - (mtime?.getTime() ?? 0) > KEEP_MS) {
        Deno.removeSync(`${options.folder}/${name}`);
      } else this.open(session);
    }
  }

  open(session: string): Outbox {
    const known = this.#boxes.get(session);
    if (known !== undefined) return known.outbox;
    const outbox = Outbox.open(`${this.#options.folder}/${session}.outbox`, this.#options.log);
    this.#boxes.set(session, { outbox, sent: 0 });
    return outbox;
  }

  /** A new connection knows of nothing. */
  connected(): void {
    for (const [session, box] of this.#boxes) {
      box.sent = 0;
      this.pump(session);
    }
  }

  /** Sends what may go. */
  pump(session: string): void {
    const box = this.#boxes.get(session);
    if (box === undefined || !this.#options.connected()) return;
    for (const outgoing of box.outbox.waiting.slice(0, IN_FLIGHT)) {
      if (outgoing.outbox <= box.sent) continue;
      box.sent = outgoing.outbox;
      this.#options.send(session, outgoing);
    }
  }

  acknowledged(session: string, outbox: number): void {
    this.#boxes.get(session)?.outbox.ack(outbox);
    this.pump(session);
  }

  /** Removes the boxes of other sessions once they are empty. */
  keepOnly(sessions: ReadonlySet<string>): void {
    for (const [session, { outbox }] of this.#boxes) {
      if (sessions.has(session) || outbox.waiting.length > 0) continue;
      outbox.remove();
      this.#boxes.delete(session);
    }
  }

  [Symbol.dispose](): void {
    for (const { outbox } of this.#boxes.values()) outbox[Symbol.dispose]();
    this.#boxes.clear();
  }
}

import { DeadlineError } from "@chatcode/kit";
import {
  type EventPayload,
  type HostId,
  type MethodName,
  ProtocolError,
  type ReqFrame,
  type Session,
  sessionId,
  toWireError,
  type Turn,
} from "@chatcode/protocol";
import { testSession } from "./open_sockets.ts";
import type { Peer } from "./peer.ts";

export type PlayedAnswers = Partial<
  Record<MethodName, (params: never, req: ReqFrame) => unknown>
>;

export interface SaidTurn {
  readonly kind: "prompt" | "progress" | "final" | "error";
  readonly text: string;
  /** Default: a new one. */
  readonly id?: string;
}

/** A machine that a test plays: the gateway's end of its socket, and what runs there. */
export class PlayedMachine implements AsyncDisposable {
  /** What was asked, oldest first. */
  readonly asked: ReqFrame[];
  /** What it answers; a thrown ProtocolError is its refusal. */
  readonly answers: PlayedAnswers;
  readonly #playing: Promise<void>;
  readonly #outbox = new Map<string, number>();
  #turns = 0;

  /** @param peer past its hello */
  constructor(
    readonly id: HostId,
    readonly peer: Peer,
    options: { answers?: PlayedAnswers; asked?: ReqFrame[] } = {},
  ) {
    this.answers = options.answers ?? {};
    this.asked = options.asked ?? [];
    this.#playing = this.#play();
  }

  session(name: string, more: Partial<Session> = {}): Session {
    return { ...testSession(this.id, name), agent: "claude", ...more };
  }

  /** How many times it was asked that. */
  count(method: MethodName): number {
    return this.asked.filter((req) => req.method === method).length;
  }

  /** A session is new, or has changed. */
  tell(session: Session): void {
    this.#event("session", { host: this.id, ended: false, session });
  }

  /** Something was said in the session's conversation, or is told again. @returns its outbox number */
  say(session: string, turn: SaidTurn): number {
    const outbox = (this.#outbox.get(session) ?? 0) + 1;
    this.#outbox.set(session, outbox);
    const told: Turn = { id: `t${++this.#turns}`, rev: 0, atMs: Date.now(), ...turn };
    this.#event("turn", {
      host: this.id,
      session: sessionId.parse(session),
      agent: "claude",
      conversation: "c1",
      turn: told,
      outbox,
    });
    return outbox;
  }

  /** Resolves when the relay has said that it need not be told that again. */
  async acknowledged(session: string, outbox: number): Promise<void> {
    await this.peer.next("turn-ack", (ack) => ack.session === session && ack.outbox >= outbox);
  }

  /** An approval is over. */
  settle(payload: Omit<EventPayload<"approval">, "host">): void {
    this.#event("approval", { host: this.id, ...payload });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.peer.close();
    await this.peer.closed;
    await this.#playing;
  }

  #event(event: "session" | "turn" | "approval", payload: unknown): void {
    this.peer.send({
      type: "event",
      event,
      payload: payload as Record<string, unknown>,
      seq: 1,
      stateVersion: 1,
    });
  }

  async #play(): Promise<void> {
    for (;;) {
      let req: ReqFrame;
      try {
        req = await this.peer.next("req");
      } catch (error) {
        if (error instanceof DeadlineError) continue; // nothing was asked for a while
        return;
      }
      this.asked.push(req);
      void this.#answer(req); // what takes long must not keep others waiting
    }
  }

  async #answer(req: ReqFrame): Promise<void> {
    const answer = this.answers[req.method as MethodName];
    try {
      if (answer === undefined) {
        throw new ProtocolError("UNKNOWN_METHOD", `Cannot answer: no ${req.method} here`);
      }
      if (req.method === "prompts.send") {
        this.peer.send({ type: "res", id: req.id, ok: true, accepted: true });
      }
      const payload = await answer(req.params as never, req);
      this.peer.send({ type: "res", id: req.id, ok: true, payload });
    } catch (error) {
      this.peer.send({ type: "res", id: req.id, ok: false, error: toWireError(error) });
    }
  }
}

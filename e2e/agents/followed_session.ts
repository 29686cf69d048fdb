import {
  type Approval,
  type EventFrame,
  events,
  type MethodResult,
  ProtocolError,
  type Session,
  type Turn,
  type Verdict,
} from "@chatcode/protocol";
import { waitFor } from "../../kit/testing/wait_for.ts";
import type { WireClient } from "../harness/wire_client.ts";

/** One telling of a turn, as it came. */
export interface Told {
  readonly conversation: string;
  readonly turn: Turn;
  /** By `Date.now()`. */
  readonly heardAtMs: number;
}

/** One news of the session itself, as it came. */
export interface Heard {
  readonly session: Session;
  /** By `Date.now()`. */
  readonly heardAtMs: number;
}

/** What is known of the session now. */
export interface SessionNow {
  readonly agent: Session["agent"];
  readonly status: Session["status"] | undefined;
  readonly approvals: readonly Approval[];
}

/** A machine that is busy with other work takes its time: what passes, passes soon. */
const LIMIT_MS = 90_000;
const ANSWER_LIMIT_MS = 60_000;
const LOOK_MS = 20;
/** Times that a prompt is asked about again, with the same key, while nobody knows of it. */
const MAX_ASKED_AGAIN = 3;

/** A session as a client hears of it, and what a client does in it. */
export class FollowedSession implements Disposable {
  readonly #client: WireClient;
  readonly #host: string;
  readonly #listener: Disposable;
  readonly #told: Told[] = [];
  readonly #sessions = new Map<string, Session>();
  readonly #allTold = new Map<string, Told[]>();
  readonly #heard: Heard[] = [];
  #id = "";

  private constructor(client: WireClient, host: string) {
    this.#client = client;
    this.#host = host;
    this.#listener = client.onEvent((event) => this.#hear(event));
  }

  /** Hears everything from now on; `follow()` says which session is meant. */
  static listen(client: WireClient, host: string): FollowedSession {
    return new FollowedSession(client, host);
  }

  follow(session: Session): void {
    this.#id = session.id;
    if (!this.#sessions.has(session.id)) this.#sessions.set(session.id, session);
    this.#told.push(...this.#allTold.get(session.id) ?? []);
    this.#allTold.clear();
  }

  get id(): string {
    return this.#id;
  }

  get now(): SessionNow {
    const session = this.#sessions.get(this.#id);
    const { agent, status, approvals = [] } = session ?? {};
    return { agent, status, approvals };
  }

  /** Every telling so far, in order. */
  get told(): readonly Told[] {
    return this.#told;
  }

  /** Every news of the session itself, in order. */
  get heard(): readonly Heard[] {
    return this.#heard;
  }

  /** As a reader shows them: in the order of their first telling, each as it was told last. */
  turns(since = 0): Turn[] {
    const shown = new Map<string, Turn>();
    for (const { conversation, turn } of this.#told.slice(since)) {
      const key = `${conversation}\n${turn.id}`;
      const before = shown.get(key);
      if (before === undefined || turn.rev > before.rev) shown.set(key, turn);
    }
    return [...shown.values()];
  }

  /** A mark for `turns()`. */
  get mark(): number {
    return this.#told.length;
  }

  /** @throws {DeadlineError} with what is known then */
  async until(fits: (now: SessionNow) => boolean, what: string, deadlineMs = LIMIT_MS) {
    try {
      await waitFor(() => fits(this.now), { what, deadlineMs, everyMs: LOOK_MS });
    } catch (cause) {
      const now = Deno.inspect(this.now, { depth: 4 });
      throw new Error(`${cause instanceof Error ? cause.message : cause}; it is ${now}`, { cause });
    }
  }

  /** The first turn since `since` that fits. */
  async turn(fits: (turn: Turn) => boolean, what: string, since = 0, deadlineMs = LIMIT_MS) {
    try {
      return await waitFor(() => this.turns(since).find(fits), {
        ...{ what, deadlineMs, everyMs: LOOK_MS },
      });
    } catch (cause) {
      const told = this.turns(since).map(inShort).join("\n  ");
      throw new Error(`No ${what} was told; but:\n  ${told}`, { cause });
    }
  }

  /** As a client does: an agent that is too slow to show a prompt in time is asked about it again. */
  async prompt(text: string): Promise<MethodResult<"prompts.send">> {
    const params = { host: this.#host, session: this.#id, text };
    const options = { limitMs: ANSWER_LIMIT_MS, idempotencyKey: crypto.randomUUID() };
    for (let asked = 0;; asked++) {
      try {
        return await this.#client.request("prompts.send", params, options);
      } catch (error) {
        const isSlow = error instanceof ProtocolError && error.code === "AGENT_TIMEOUT";
        if (!isSlow || asked === MAX_ASKED_AGAIN) throw error;
        console.log(`${this.now.agent} is asked again: ${error.message}`);
      }
    }
  }

  async interrupt(): Promise<void> {
    await this.#client.request("prompts.interrupt", { host: this.#host, session: this.#id });
  }

  /** The approval that is asked, once it says that it is about `subject`. */
  async asked(subject: string): Promise<Approval> {
    const about = ({ approvals }: SessionNow) => approvals.at(-1)?.subject.includes(subject);
    await this.until((now) => about(now) === true, `an approval of "${subject}"`);
    return this.now.approvals.at(-1) as Approval;
  }

  async answer(approval: Approval, verdict: Verdict): Promise<string> {
    const { outcome } = await this.#client.request("approvals.answer", {
      host: this.#host,
      session: this.#id,
      approval: approval.id,
      verdict,
    }, { limitMs: ANSWER_LIMIT_MS });
    return outcome;
  }

  async idle(): Promise<void> {
    await this.until(({ status }) => status === "idle", "the agent to be idle");
  }

  async end(): Promise<void> {
    await this.#client.request("sessions.end", { host: this.#host, session: this.#id });
  }

  [Symbol.dispose](): void {
    this.#listener[Symbol.dispose]();
  }

  #hear({ event, payload }: EventFrame): void {
    const heardAtMs = Date.now();
    if (event === "session") {
      const news = events.session.parse(payload);
      if (news.ended) return void this.#sessions.delete(news.id);
      this.#sessions.set(news.session.id, news.session);
      if (news.session.id === this.#id) this.#heard.push({ session: news.session, heardAtMs });
    }
    if (event !== "turn") return;
    const { session, conversation, turn } = events.turn.parse(payload);
    const told = { conversation, turn, heardAtMs };
    if (session === this.#id) this.#told.push(told);
    else if (this.#id === "") {
      this.#allTold.set(session, [...this.#allTold.get(session) ?? [], told]);
    }
  }
}

/** A turn on one line: `tool ok touch file`. */
export function inShort(turn: Turn): string {
  switch (turn.kind) {
    case "tool":
      return `tool ${turn.state} ${turn.summary}`;
    case "usage":
      return `usage ${turn.usage.input}+${turn.usage.cachedInput}+${turn.usage.output}`;
    case "interrupted":
      return "interrupted";
    default:
      return `${turn.kind} ${turn.text}`;
  }
}

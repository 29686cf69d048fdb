import { type HostId, ProtocolError, type SessionId, type Turn } from "@chatcode/protocol";
import type { Connection } from "./connection.ts";
import { type Observable, Source } from "./observable.ts";

/** A prompt on its way into an agent. */
export type Sent =
  & { readonly key: string; readonly text: string; readonly files: readonly string[] }
  & (
    | { readonly state: "sending" | "accepted" }
    /** In the agent's own queue; `turn` names it once it is in the transcript. */
    | { readonly state: "queued" | "delivered"; readonly turn: string | undefined }
    | { readonly state: "refused"; readonly reason: string }
  );

export interface SenderState {
  readonly sent: readonly Sent[];
  /** What was changed for safety in the last prompt, in words. */
  readonly changes: readonly string[];
}

/** Whether nobody can say that the request arrived: asking again with its key is then safe. */
const UNANSWERED = new Set(["TIMEOUT", "UNAVAILABLE", "HOST_OFFLINE"]);

/** Sends prompts into one session, and keeps each until it is seen in the conversation. */
export class PromptSender {
  readonly #connection: Connection;
  readonly #where: { host: HostId; session: SessionId };
  readonly #state = new Source<SenderState>({ sent: [], changes: [] });
  /** The key of a text and its files that were sent and not answered. SPEC [RQ5]. */
  readonly #keys = new Map<string, string>();

  constructor(connection: Connection, where: { host: HostId; session: SessionId }) {
    this.#connection = connection;
    this.#where = where;
  }

  get state(): Observable<SenderState> {
    return this.#state;
  }

  /** Never rejects: how it ends is told by `state`. @returns whether it is in, or in the queue */
  async send(text: string, files: readonly string[] = []): Promise<boolean> {
    const what = JSON.stringify([text, ...files]);
    const key = this.#keys.get(what) ?? crypto.randomUUID();
    this.#keys.set(what, key);
    const sent = { key, text, files };
    const others = this.#state.value.sent.filter((sent) =>
      sent.key !== key && sent.state !== "refused"
    );
    this.#state.value = { sent: [...others, { ...sent, state: "sending" }], changes: [] };
    try {
      const { outcome, turn, changes } = await this.#connection.request(
        "prompts.send",
        { ...this.#where, text, ...(files.length > 0 && { files: [...files] }) },
        {
          idempotencyKey: key,
          onAccepted: () => this.#become({ ...sent, state: "accepted" }),
        },
      );
      this.#keys.delete(what);
      this.#become({ ...sent, state: outcome, turn });
      this.#state.value = { ...this.#state.value, changes };
      return true;
    } catch (error) {
      const code = error instanceof ProtocolError ? error.code : "INTERNAL";
      if (!UNANSWERED.has(code)) this.#keys.delete(what);
      const reason = error instanceof ProtocolError ? error.message : "That did not work";
      this.#become({ ...sent, state: "refused", reason });
      return false;
    }
  }

  dismiss(key: string): void {
    const { sent, changes } = this.#state.value;
    this.#state.value = { sent: sent.filter((one) => one.key !== key), changes };
  }

  dismissChanges(): void {
    this.#state.value = { ...this.#state.value, changes: [] };
  }

  /** These turns are in the conversation: what was sent and is among them need not be shown. */
  seen(turns: readonly Turn[]): void {
    const { sent, changes } = this.#state.value;
    if (sent.length === 0) return;
    const ids = new Set(turns.map(({ id }) => id));
    const texts = new Set(
      turns.flatMap((turn) => turn.kind === "prompt" ? [essence(turn.text)] : []),
    );
    const left = sent.filter((one) => {
      if (one.state === "delivered") return one.turn !== undefined && !ids.has(one.turn);
      if (one.state !== "queued") return true;
      return one.turn === undefined ? !texts.has(essence(one.text)) : !ids.has(one.turn);
    });
    if (left.length < sent.length) this.#state.value = { sent: left, changes };
  }

  #become(next: Sent): void {
    const { sent, changes } = this.#state.value;
    this.#state.value = { sent: sent.map((one) => one.key === next.key ? next : one), changes };
  }
}

/** A prompt may be changed on its way, in its white space for example. */
function essence(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

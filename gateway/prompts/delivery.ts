import { ProtocolError } from "@chatcode/protocol";
import { endsInBox, isCommandInBox } from "./prompt_box.ts";
import type { Addressee, Delivered, PromptsOptions } from "./prompts.ts";
import type { Sighting } from "./sighting.ts";
import type { TypedPrompt } from "./typed_book.ts";
import { pause } from "../pause.ts";

export interface Awaited {
  readonly text: string;
  readonly typed: TypedPrompt;
  readonly seen: Sighting;
  readonly untilMs: number;
}

const LOOK_MS = 100;
/** What is known of the transcript comes first, in milliseconds. */
const ECHO_AFTER_MS = 1_200;
const ECHO_AGAIN_MS = 700;
/** A busy agent that has not written a prompt down by then has queued it, in milliseconds. */
const QUEUED_AFTER_MS = 2_500;
/** An Enter without effect is pressed once more after this, in milliseconds. */
const ENTER_AGAIN_MS = 4_000;
/** A command that is gone from the box by then was taken, in milliseconds. */
const TAKEN_AFTER_MS = 1_000;

/** Sees a prompt that was typed arrive. SPEC [PR1]. */
export class Delivery {
  readonly #options: PromptsOptions;

  constructor(options: PromptsOptions) {
    this.#options = options;
  }

  /** @throws ProtocolError AGENT_NOT_FOUND; AGENT_TIMEOUT if it is not seen by `untilMs` */
  async untilSeen(to: Addressee, awaited: Awaited): Promise<Omit<Delivered, "changes">> {
    const { text, typed: { atMs, wasBusy }, seen, untilMs } = awaited;
    const { agentSession } = to;
    const isCommand = text.startsWith("/");
    let enteredAgain = false;
    let echoAfterMs = ECHO_AFTER_MS;
    do {
      if (seen.turn !== undefined) return { outcome: "delivered", turn: seen.turn.id };
      if (!to.isThere()) throw new ProtocolError("AGENT_NOT_FOUND", "The agent has ended");
      const waitedMs = Date.now() - atMs;
      if (isCommand && await this.#isTaken(to, awaited)) return { outcome: "delivered" };
      const isQueued = wasBusy && agentSession.agent.whileBusy === "queues" &&
        agentSession.status === "working" && waitedMs > QUEUED_AFTER_MS;
      if (isQueued) return { outcome: "queued" };
      if (!wasBusy && !enteredAgain && waitedMs > ENTER_AGAIN_MS) {
        enteredAgain = true;
        await this.#enterAgain(to, text);
      }
      agentSession.conversation?.poke();
      if (!isCommand && waitedMs > echoAfterMs) {
        echoAfterMs = waitedMs + ECHO_AGAIN_MS;
        await to.echo({ text, sinceMs: atMs });
      }
      await pause(LOOK_MS);
    } while (Date.now() < untilMs);
    throw new ProtocolError(
      "AGENT_TIMEOUT",
      "The prompt was typed, and is not in the agent's transcript: whether it arrived is unknown",
    );
  }

  /** A command leaves no trace in some transcripts: another conversation, or an empty box. */
  async #isTaken(to: Addressee, { text, typed }: Awaited): Promise<boolean> {
    const { agentSession, pane } = to;
    const now = agentSession.conversation?.id;
    if (now !== undefined && now !== typed.before) return true;
    if (Date.now() - typed.atMs < TAKEN_AFTER_MS) return false;
    const screen = await this.#options.screen(pane);
    return agentSession.agent.ready.test(screen) && !isCommandInBox(screen, text);
  }

  async #enterAgain({ agentSession, pane }: Addressee, text: string): Promise<void> {
    if (agentSession.status !== "idle") return;
    if (!endsInBox(await this.#options.screen(pane), text)) return;
    await this.#options.typist.keys(pane, ["Enter"]);
  }
}

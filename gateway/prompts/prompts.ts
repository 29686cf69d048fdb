import { PROMPT_TIMEOUT_MS, ProtocolError, type Turn } from "@chatcode/protocol";
import type { AgentSession } from "../conversations/agent_session.ts";
import { safeText, visibleText } from "./safe_text.ts";
import { pause, type Typist } from "./typist.ts";

export interface PromptsOptions {
  readonly typist: Typist;
  /** The visible screen; for readiness only. */
  readonly screen: (pane: string) => Promise<string>;
  /** Default: `PROMPT_TIMEOUT_MS`. */
  readonly timeoutMs?: number;
}

/** A session's agent and the pane it runs in. */
export interface Addressee {
  readonly agentSession: AgentSession;
  readonly pane: string;
  /** Whether it still runs there. */
  readonly isThere: () => boolean;
  /** Looks for a typed prompt in transcripts that are nobody's yet. */
  readonly echo: (typed: { text: string; sinceMs: number }) => Promise<void>;
}

export interface Delivery {
  readonly outcome: "delivered" | "queued";
  readonly turn?: string;
  readonly changes: string[];
}

/** Prompts that wait for one before them, a session. */
const MAX_WAITING = 8;
/** Prompts that are remembered as typed. */
const MAX_TYPED = 200;
const LOOK_MS = 100;
/** Ready for so long before a first prompt, in milliseconds. */
/** What is known of the transcript comes first, in milliseconds. */
const ECHO_AFTER_MS = 1_200;
const ECHO_AGAIN_MS = 700;
const SETTLED_MS = 1_500;
/** OpenCode shows its sign in an empty conversation only, in milliseconds. */
const UNSIGNED_MS = 600;
const IN_BOX_LIMIT_MS = 4_000;
/** What agents show in place of a long paste. */
const PASTED = /\[(Pasted|Paste )/i;
/** A busy agent that has not written a prompt down by then has queued it, in milliseconds. */
const QUEUED_AFTER_MS = 2_500;
/** An Enter without effect is pressed once more after this, in milliseconds. */
const ENTER_AGAIN_MS = 4_000;
/** An interrupt without effect is pressed again after this, in milliseconds. */
const ESCAPE_AGAIN_MS = 1_500;
const INTERRUPT_LIMIT_MS = 10_000;

/** Types prompts into agents, one at a time for each, and sees each arrive. SPEC [PR1] to [PR6]. */
export class Prompts {
  readonly #options: PromptsOptions;
  /** By idempotency key. */
  readonly #typed = new Map<string, Typed>();
  readonly #lines = new Map<AgentSession, { last: Promise<unknown>; length: number }>();

  constructor(options: PromptsOptions) {
    this.#options = options;
  }

  /**
   * @throws ProtocolError PROMPT_REFUSED, AGENT_NOT_FOUND, LIMIT_REACHED; AGENT_TIMEOUT if it was
   * typed and is not seen, or if the agent was not ready in time and nothing was typed. Asked again
   * with the same key, it types nothing a second time.
   */
  send(to: Addressee, prompt: { text: string; key: string }): Promise<Delivery> {
    return this.#inLine(to.agentSession, () => this.#send(to, prompt));
  }

  /** Stops what the agent does; no more than that. @throws ProtocolError AGENT_TIMEOUT */
  async interrupt({ agentSession, pane, isThere }: Addressee): Promise<void> {
    const isStopped = () => !isThere() || !["working", "waiting"].includes(agentSession.status);
    let stopped = isStopped();
    using _listener = agentSession.onTurn(({ kind }) => {
      if (kind === "interrupted") stopped = true;
    });
    const untilMs = Date.now() + INTERRUPT_LIMIT_MS;
    let pressedMs = 0;
    while (!stopped && Date.now() < untilMs) {
      if (Date.now() - pressedMs > ESCAPE_AGAIN_MS) {
        await this.#options.typist.keys(pane, agentSession.agent.interruptKeys);
        pressedMs = Date.now();
      }
      await pause(LOOK_MS);
      stopped ||= isStopped();
    }
    if (stopped) return;
    throw new ProtocolError(
      "AGENT_TIMEOUT",
      "The agent still works: it did not take the interrupt",
    );
  }

  async #send(to: Addressee, { text: given, key }: { text: string; key: string }) {
    const { agentSession } = to;
    const { text, changes } = safeText(given, agentSession.agent.slashCommands);
    const untilMs = Date.now() + (this.#options.timeoutMs ?? PROMPT_TIMEOUT_MS);
    const typed = this.#typed.get(key) ?? await this.#type(to, { text, key, untilMs });
    return { ...await this.#untilSeen(to, typed, untilMs), changes: [...changes] };
  }

  async #type(
    to: Addressee,
    { text, key, untilMs }: { text: string; key: string; untilMs: number },
  ): Promise<Typed> {
    const { agentSession, pane } = to;
    await this.#untilReady(to, untilMs);
    const typed = {
      text,
      seen: new Sighting(agentSession, text),
      wasBusy: agentSession.status === "working",
      before: agentSession.conversation?.id,
      atMs: Date.now(),
    };
    this.#remember(key, typed);
    await this.#checkScreen(to);
    await this.#options.typist.paste(pane, text);
    if (!await this.#isInBox(to, text)) {
      // OpenCode drops a paste while it draws another view. One that was only slow would be seen.
      await this.#checkScreen(to);
      await this.#options.typist.paste(pane, text);
      if (!await this.#isInBox(to, text)) {
        throw new ProtocolError(
          "AGENT_TIMEOUT",
          "The agent did not take the text; nothing was sent",
        );
      }
    }
    // A question may have come up during the paste: then Enter would answer it.
    await this.#checkScreen(to);
    await this.#options.typist.keys(pane, ["Enter"]);
    return typed;
  }

  #remember(key: string, typed: Typed): void {
    this.#typed.set(key, typed);
    for (const [oldest, { seen }] of this.#typed) {
      if (this.#typed.size <= MAX_TYPED) break;
      seen[Symbol.dispose]();
      this.#typed.delete(oldest);
    }
  }

  /** What refuses a prompt now. */
  #check({ agentSession, isThere }: Addressee): void {
    if (!isThere()) throw new ProtocolError("AGENT_NOT_FOUND", "No agent runs in this session");
    if (agentSession.status === "waiting") {
      throw new ProtocolError("PROMPT_REFUSED", "The agent waits for an approval: answer it first");
    }
  }

  /** Facts may come a moment late, and a key that answers a question cannot be taken back. */
  async #checkScreen(to: Addressee): Promise<void> {
    this.#check(to);
    if (to.agentSession.agent.readApproval(await this.#options.screen(to.pane)) === undefined) {
      return;
    }
    throw new ProtocolError("PROMPT_REFUSED", "The agent asks something: answer it first");
  }

  /**
   * A dialog that came up meanwhile takes a paste for keys or for nothing: Enter is pressed only when
   * the text, or the sign that stands for a long one, is on the screen.
   */
  async #isInBox({ pane }: Addressee, text: string): Promise<boolean> {
    const untilMs = Date.now() + IN_BOX_LIMIT_MS;
    while (Date.now() < untilMs) {
      const screen = await this.#options.screen(pane);
      if (PASTED.test(screen) || endsOnScreen(screen, text)) return true;
      await pause(LOOK_MS);
    }
    return false;
  }

  async #untilReady(to: Addressee, untilMs: number): Promise<void> {
    const { agentSession, pane } = to;
    let readySinceMs: number | undefined;
    for (;;) {
      this.#check(to);
      // While it works its prompt box may be off the screen, and takes text all the same.
      if (agentSession.status === "working") return;
      if ((await this.#options.screen(pane)).includes(agentSession.agent.readyText)) {
        readySinceMs ??= Date.now();
        // At a start the box is seen for a moment before the questions that come before it.
        const enoughMs = agentSession.hasSpoken ? 0 : SETTLED_MS;
        if (Date.now() - readySinceMs >= enoughMs) return;
      } else readySinceMs = undefined;
      // Words that wait in the box take the place of some agents' sign.
      const waitedMs = (this.#options.timeoutMs ?? PROMPT_TIMEOUT_MS) - (untilMs - Date.now());
      if (agentSession.hasSpoken && agentSession.status === "idle" && waitedMs > UNSIGNED_MS) {
        return;
      }
      if (Date.now() > untilMs) {
        throw new ProtocolError(
          "AGENT_TIMEOUT",
          "The agent takes no prompt yet; nothing was typed",
        );
      }
      await pause(LOOK_MS);
    }
  }

  /** Goes on though nobody waits any more: whoever asks again hears how it ended. */
  async #untilSeen(
    to: Addressee,
    { seen, wasBusy, before, text, atMs }: Typed,
    untilMs: number,
  ): Promise<Omit<Delivery, "changes">> {
    const { agentSession, pane } = to;
    let enteredAgain = false;
    let echoAfterMs = ECHO_AFTER_MS;
    while (Date.now() < untilMs) {
      if (seen.turn !== undefined) return { outcome: "delivered", turn: seen.turn.id };
      if (!to.isThere()) throw new ProtocolError("AGENT_NOT_FOUND", "The agent has ended");
      const waitedMs = Date.now() - atMs;
      if (text.startsWith("/")) {
        const isNew = agentSession.conversation?.id !== before;
        if (isNew || await this.#isTaken(to, text, waitedMs)) return { outcome: "delivered" };
      }
      const { whileBusy } = agentSession.agent;
      const queues = whileBusy === "queues" && wasBusy && agentSession.status === "working";
      if (queues && waitedMs > QUEUED_AFTER_MS) return { outcome: "queued" };
      if (!wasBusy && !enteredAgain && waitedMs > ENTER_AGAIN_MS) {
        enteredAgain = true;
        if (agentSession.status === "idle" && await this.#isStillInBox(pane, text)) {
          await this.#options.typist.keys(pane, ["Enter"]);
        }
      }
      agentSession.conversation?.poke();
      if (!text.startsWith("/") && waitedMs > echoAfterMs) {
        echoAfterMs = waitedMs + ECHO_AGAIN_MS;
        await to.echo({ text, sinceMs: atMs });
      }
      await pause(LOOK_MS);
    }
    throw new ProtocolError(
      "AGENT_TIMEOUT",
      "The prompt was typed, and is not in the agent's transcript: whether it arrived is unknown",
    );
  }

  /** A command leaves no trace in some transcripts: its box is empty again. */
  async #isTaken({ agentSession, pane }: Addressee, text: string, waitedMs: number) {
    if (waitedMs < 1_000) return false;
    const screen = await this.#options.screen(pane);
    return screen.includes(agentSession.agent.readyText) && !endsInBox(screen, text);
  }

  async #isStillInBox(pane: string, text: string): Promise<boolean> {
    return endsInBox(await this.#options.screen(pane), text);
  }

  async #inLine<T>(agentSession: AgentSession, act: () => Promise<T>): Promise<T> {
    const line = this.#lines.get(agentSession) ?? { last: Promise.resolve(), length: 0 };
    if (line.length >= MAX_WAITING) {
      throw new ProtocolError("LIMIT_REACHED", `Cannot send: ${MAX_WAITING} prompts wait already`);
    }
    line.length += 1;
    const mine = line.last.then(act);
    line.last = mine.catch(() => {});
    this.#lines.set(agentSession, line);
    try {
      return await mine;
    } finally {
      line.length -= 1;
      if (line.length === 0) this.#lines.delete(agentSession);
    }
  }
}

interface Typed {
  readonly text: string;
  readonly seen: Sighting;
  /** Whether the agent worked then. */
  readonly wasBusy: boolean;
  /** The conversation then. */
  readonly before: string | undefined;
  readonly atMs: number;
}

/** Waits for a prompt in the transcript. */
class Sighting implements Disposable {
  turn: Turn | undefined;
  readonly #listener: Disposable;

  constructor(agentSession: AgentSession, text: string) {
    const wanted = visibleText(text);
    const sinceMs = Date.now() - 2_000;
    this.#listener = agentSession.onTurn((turn) => {
      if (turn.kind !== "prompt" || turn.atMs < sinceMs) return;
      const found = visibleText(turn.text);
      if (found === wanted || (turn.cut === true && wanted.startsWith(found))) this.turn ??= turn;
    });
  }

  [Symbol.dispose](): void {
    this.#listener[Symbol.dispose]();
  }
}

/** By plain letters and digits alone: what else there is looks different on every screen. */
function endsOnScreen(screen: string, text: string): boolean {
  const plain = (each: string) => each.replace(/[^A-Za-z0-9]/g, "");
  const end = plain(text).slice(-16);
  return end.length < 3 || plain(screen).includes(end);
}

/** Whether the text's end stands in the lower part of a screen. */
function endsInBox(screen: string, text: string): boolean {
  const below = visibleText(screen.trimEnd().split("\n").slice(-12).join("\n"));
  return below.includes(visibleText(text).slice(-24));
}

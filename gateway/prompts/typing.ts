import { ProtocolError } from "@chatcode/protocol";
import { endsInBox, holdsPaste, showsPaste } from "./prompt_box.ts";
import type { AgentSession } from "../conversations/agent_session.ts";
import type { Addressee, PromptsOptions } from "./prompts.ts";
import { printOf, type TypedPrompt } from "./typed_book.ts";
import { pause } from "../pause.ts";

const LOOK_MS = 100;
/** Ready for so long before a first prompt, in milliseconds. */
const SETTLED_MS = 1_500;
/** An agent that says it waits, while nothing is asked, may have gone on by then, in milliseconds. */
const GOES_ON_MS = 1_500;
/** Idle for so long without its sign, which a narrow screen may not hold, in milliseconds. */
const UNSIGNED_MS = 600;
const IN_BOX_LIMIT_MS = 4_000;

/** Puts a prompt into an agent's box and sends it, as soon as that is safe. */
export class Typing {
  readonly #options: PromptsOptions;
  /** What was pasted and not sent: a question came up in between. */
  readonly #left = new WeakMap<AgentSession, string>();

  constructor(options: PromptsOptions) {
    this.#options = options;
  }

  /** @throws ProtocolError AGENT_NOT_FOUND, PROMPT_REFUSED; AGENT_TIMEOUT after `untilMs` */
  async untilReady(to: Addressee, untilMs: number): Promise<void> {
    const { agentSession, pane } = to;
    const sinceMs = Date.now();
    let readySinceMs: number | undefined;
    for (;;) {
      const waitedMs = Date.now() - sinceMs;
      // That a question is answered is known a moment before that the agent has gone on.
      const isAsked = agentSession.approvals.open.length > 0;
      if (isAsked || waitedMs > GOES_ON_MS) check(to);
      else checkThere(to);
      // While it works its prompt box may be off the screen, and takes text all the same.
      if (agentSession.status === "working") return;
      const isReady = agentSession.agent.ready.test(await this.#options.screen(pane));
      if (isReady && agentSession.status !== "waiting") {
        readySinceMs ??= Date.now();
        // At a start the box is seen for a moment before the questions that come before it.
        const enoughMs = agentSession.hasSpoken ? 0 : SETTLED_MS;
        if (Date.now() - readySinceMs >= enoughMs) return;
      } else readySinceMs = undefined;
      // Words that wait in the box take the place of some agents' sign.
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

  /**
   * Pastes it and presses Enter; the book knows of both before they happen. `known` says that an
   * earlier try got as far as the paste.
   * @throws ProtocolError AGENT_NOT_FOUND, PROMPT_REFUSED; AGENT_TIMEOUT if the agent took no text.
   * Nothing was sent then, and asked again it is tried again
   */
  async type(
    to: Addressee,
    { text, key, known }: { text: string; key: string; known: TypedPrompt | undefined },
  ): Promise<TypedPrompt> {
    const { agentSession, pane } = to;
    const { book, screen, typist } = this.#options;
    await this.#checkScreen(to);
    const typed = {
      print: printOf(to.session, text),
      atMs: Date.now(),
      wasBusy: agentSession.status === "working",
      before: agentSession.conversation?.id,
    };
    const isThere = known !== undefined && holdsPaste(await screen(pane), text);
    if (!isThere) await this.#checkEmpty(to);
    book.put(key, { ...typed, isEntered: false });
    this.#left.set(agentSession, text);
    if (!isThere) await this.#paste(to, text);
    // A question may have come up during the paste: then Enter would answer it.
    await this.#checkScreen(to);
    this.#left.delete(agentSession);
    const entered = book.put(key, { ...typed, isEntered: true });
    await typist.keys(pane, ["Enter"]);
    return entered;
  }

  async #paste(to: Addressee, text: string): Promise<void> {
    const { typist } = this.#options;
    await typist.paste(to.pane, text);
    if (await this.#isInBox(to, text)) return;
    // OpenCode drops a paste while it draws another view. One that was only slow would be seen.
    await this.#checkScreen(to);
    await typist.paste(to.pane, text);
    if (await this.#isInBox(to, text)) return;
    throw new ProtocolError("AGENT_TIMEOUT", "The agent did not take the text; nothing was sent");
  }

  /** Facts may come a moment late, and a key that answers a question cannot be taken back. */
  async #checkScreen(to: Addressee): Promise<void> {
    check(to);
    const shown = to.agentSession.agent.readApproval(await this.#options.screen(to.pane));
    if (shown === undefined) return;
    throw new ProtocolError("PROMPT_REFUSED", "The agent asks something: answer it first");
  }

  /** A text that was left in the box would be sent with the next. */
  async #checkEmpty({ agentSession, pane }: Addressee): Promise<void> {
    const left = this.#left.get(agentSession);
    if (left === undefined || !endsInBox(await this.#options.screen(pane), left)) return;
    throw new ProtocolError(
      "PROMPT_REFUSED",
      "An earlier prompt still stands in the agent's box, unsent: send or clear it in the terminal",
    );
  }

  /**
   * A dialog that came up meanwhile takes a paste for keys or for nothing: Enter is pressed only when
   * the text, or the sign that stands for a long one, is on the screen.
   */
  async #isInBox({ pane }: Addressee, text: string): Promise<boolean> {
    const untilMs = Date.now() + IN_BOX_LIMIT_MS;
    while (Date.now() < untilMs) {
      if (showsPaste(await this.#options.screen(pane), text)) return true;
      await pause(LOOK_MS);
    }
    return false;
  }
}

function checkThere({ isThere }: Addressee): void {
  if (!isThere()) throw new ProtocolError("AGENT_NOT_FOUND", "No agent runs in this session");
}

/** What refuses a prompt now. */
function check(to: Addressee): void {
  checkThere(to);
  if (to.agentSession.status === "waiting") {
    throw new ProtocolError("PROMPT_REFUSED", "The agent waits for an approval: answer it first");
  }
}

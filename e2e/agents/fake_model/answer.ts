import type { AnswerPart, Asked } from "./dialect.ts";
import type { Directives } from "./directives.ts";
import { sampleOf } from "./sample.ts";

/** Between two words of an answer, in milliseconds: agents draw text as it comes. */
const WORD_MS = 15;

export interface AnswerOptions {
  /** Unique in the model's life. */
  readonly id: string;
  /** Resolves when the test lets the slow answer of that name go on. */
  readonly released: (name: string) => Promise<void>;
  /** Ends every wait. */
  readonly signal: AbortSignal;
}

/** What the model says to a question of the conversation. */
export async function* answer(
  asked: Asked,
  directives: Directives,
  { id, released, signal }: AnswerOptions,
): AsyncGenerator<AnswerPart> {
  const tool = directives.tools[asked.toolResults.length];
  if (tool !== undefined && asked.shell !== undefined) {
    if (directives.note !== undefined && asked.toolResults.length === 0) {
      yield { kind: "text", text: directives.note };
    }
    yield {
      kind: "tool",
      id: `call_${id}`,
      call: typeof tool === "string" ? asked.shell(tool) : asked.change(tool),
    };
    return;
  }
  const words = directives.say.match(/\s*\S+\s*?/g) ?? [directives.say];
  const half = Math.ceil(words.length / 2);
  for (const [at, text] of words.entries()) {
    if (at === half && directives.slow !== undefined) {
      await orAborted(released(directives.slow), signal);
    }
    if (at > 0) await orAborted(pause(WORD_MS), signal);
    yield { kind: "text", text };
  }
}

/** What the model says to an agent's own errand: short, harmless, of the form asked for. */
export async function* sideAnswer({ schema }: Asked): AsyncGenerator<AnswerPart> {
  const text = schema === undefined ? "Fake side answer" : JSON.stringify(sampleOf(schema));
  yield await Promise.resolve({ kind: "text", text });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** @throws the signal's reason as soon as it aborts */
export async function orAborted(wait: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    await Promise.race([wait, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

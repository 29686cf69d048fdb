import type { Turn } from "@chatcode/protocol";
import { bold, chunks, code, italic, join, plain, type RichText, richText } from "../format/mod.ts";

/** Steps of an exchange that are remembered, and of those that are shown in full. */
const REMEMBERED_STEPS = 200;
const SHOWN_STEPS = 12;

/** Of a prompt, a step, and what the agent last said, in UTF-16 units. */
const PROMPT_UNITS = 160;
const STEP_UNITS = 140;
const SAID_LIMITS = { units: 700, entities: 30 };

export type Ending = "done" | "failed" | "interrupted";

interface Step {
  readonly name: string;
  readonly summary: string;
  readonly state: "running" | "ok" | "failed";
}

/** What one exchange has come to so far, in the words of its progress message. Only in memory. */
export class Work {
  readonly #steps = new Map<string, Step>();
  #forgotten = 0;
  #prompt: string | undefined;
  #said: string | undefined;

  constructor(readonly startedAtMs: number) {}

  hear(turn: Turn): void {
    switch (turn.kind) {
      case "prompt":
        this.#prompt ??= oneLine(turn.text, PROMPT_UNITS);
        return;
      case "progress":
        this.#said = turn.text;
        return;
      case "tool": {
        const { id, name, summary, state } = turn;
        this.#steps.set(id, { name, summary, state });
        if (this.#steps.size <= REMEMBERED_STEPS) return;
        const [oldest] = this.#steps.keys();
        this.#steps.delete(oldest!);
        this.#forgotten += 1;
        return;
      }
      case "final":
      case "error":
      case "interrupted":
      case "usage":
        return;
      default:
        turn satisfies never;
    }
  }

  /** While it goes on. */
  shown(how: "brief" | "full"): RichText {
    const steps = [...this.#steps.values()];
    const shown = how === "full" ? steps.slice(-SHOWN_STEPS) : steps.slice(-1);
    const said = this.#said === undefined
      ? []
      : chunks(richText(this.#said), SAID_LIMITS).slice(0, 1);
    return join(
      bold("⏳ Working"),
      ...this.#summary(),
      ...shown.flatMap((step) => ["\n", ...stepText(step)]),
      ...said.flatMap((text) => ["\n\n", text]),
    );
  }

  /** When it is over, in a line. */
  line(ending: Ending, atMs: number): RichText {
    const [sign, word] = {
      done: ["✅", "Done"],
      failed: ["⚠️", "Failed"],
      interrupted: ["⏹", "Interrupted"],
    }[ending] as [string, string];
    return join(`${sign} ${word}`, ...this.#summary(), ` · ${lengthOf(atMs - this.startedAtMs)}`);
  }

  #summary(): (RichText | string)[] {
    const count = this.#steps.size + this.#forgotten;
    return [
      ...(count === 0 ? [] : [` · ${count} ${count === 1 ? "step" : "steps"}`]),
      ...(this.#prompt === undefined ? [] : [" · ", italic(`“${this.#prompt}”`)]),
    ];
  }
}

/** A message whose exchange ended while nobody watched. */
export function endingLine(ending: Ending): RichText {
  return plain({ done: "✅ Done", failed: "⚠️ Failed", interrupted: "⏹ Interrupted" }[ending]);
}

function stepText({ name, summary, state }: Step): (RichText | string)[] {
  const sign = { running: "⚙️", ok: "✔️", failed: "✖️" }[state];
  const text = oneLine(summary, STEP_UNITS);
  return [`${sign} ${oneLine(name, STEP_UNITS)}`, ...(text === "" ? [] : [" ", code(text)])];
}

function oneLine(text: string, units: number): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim();
  return line.length <= units
    ? line
    : `${line.slice(0, units - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

function lengthOf(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

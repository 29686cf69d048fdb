import type { Turn } from "@chatcode/protocol";

export type TurnOf<K extends Turn["kind"]> = Extract<Turn, { kind: K }>;
export type ToolTurn = TurnOf<"tool">;
type SaidTurn = Exclude<Turn, { kind: "tool" | "usage" }>;

export interface Tokens {
  readonly input: number;
  readonly cachedInput: number;
  readonly output: number;
}

/** What stands as one piece on the page; `id` is that of its first turn. */
export type Block =
  | { readonly kind: "said"; readonly id: string; readonly turn: SaidTurn }
  /** Tools used one after the other. */
  | { readonly kind: "steps"; readonly id: string; readonly tools: readonly ToolTurn[] }
  /** What one exchange cost, at its end. */
  | { readonly kind: "usage"; readonly id: string; readonly tokens: Tokens };

/** Turns as they are shown: tools in a row together, usage summed by exchange. */
export function blocksOf(turns: readonly Turn[]): Block[] {
  const blocks: Block[] = [];
  let usage: { id: string; tokens: Tokens } | undefined;
  const endExchange = () => {
    if (usage !== undefined) blocks.push({ kind: "usage", ...usage });
    usage = undefined;
  };
  for (const turn of turns) {
    switch (turn.kind) {
      case "usage":
        usage = {
          id: usage?.id ?? turn.id,
          tokens: sum(usage?.tokens ?? { input: 0, cachedInput: 0, output: 0 }, turn.usage),
        };
        break;
      case "tool": {
        const last = blocks.at(-1);
        if (last?.kind === "steps") {
          blocks[blocks.length - 1] = { ...last, tools: [...last.tools, turn] };
        } else blocks.push({ kind: "steps", id: turn.id, tools: [turn] });
        break;
      }
      case "prompt":
        endExchange();
        blocks.push({ kind: "said", id: turn.id, turn });
        break;
      case "progress":
      case "final":
      case "error":
      case "interrupted":
        blocks.push({ kind: "said", id: turn.id, turn });
        break;
      default:
        turn satisfies never;
    }
  }
  endExchange();
  return blocks;
}

/** Whether the page would look the same: then what is drawn can stay. */
export function sameBlock(a: Block, b: Block): boolean {
  if (a.kind === "said" && b.kind === "said") return a.turn === b.turn;
  if (a.kind === "steps" && b.kind === "steps") {
    return a.tools.length === b.tools.length &&
      a.tools.every((tool, index) => tool === b.tools[index]);
  }
  return a.kind === "usage" && b.kind === "usage" && a.id === b.id &&
    a.tokens.input === b.tokens.input && a.tokens.output === b.tokens.output &&
    a.tokens.cachedInput === b.tokens.cachedInput;
}

function sum(a: Tokens, b: Tokens): Tokens {
  return {
    input: a.input + b.input,
    cachedInput: a.cachedInput + b.cachedInput,
    output: a.output + b.output,
  };
}

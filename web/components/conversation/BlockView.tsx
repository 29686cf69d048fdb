import { useMemo, useRef } from "preact/hooks";
import { tokens as inWords } from "../../lib/agent_words.ts";
import { type Block, sameBlock, type Tokens } from "../../lib/blocks.ts";
import { Markdown } from "./Markdown.tsx";
import { Steps } from "./Steps.tsx";

/** One piece of a conversation; drawn again only when it changes. */
export function BlockView({ block }: { block: Block }) {
  const last = useRef(block);
  if (!sameBlock(last.current, block)) last.current = block;
  const shown = last.current;
  const drawn = useMemo(() => draw(shown), [shown]);
  return <div class={`block ${className(shown)}`} data-anchor={shown.id}>{drawn}</div>;
}

function className(block: Block): string {
  return `block-${block.kind === "said" ? block.turn.kind : block.kind}`;
}

function draw(block: Block) {
  switch (block.kind) {
    case "steps":
      return <Steps tools={block.tools} />;
    case "usage":
      return <p class="usage" data-testid="usage">{usageInWords(block.tokens)}</p>;
    case "said":
      return <Said turn={block.turn} />;
    default:
      return block satisfies never;
  }
}

function Said({ turn }: { turn: Extract<Block, { kind: "said" }>["turn"] }) {
  switch (turn.kind) {
    case "prompt":
      return (
        <div class="bubble" data-testid="prompt">
          <span class="visually-hidden">You, at {clock(turn.atMs)}:</span>
          <span title={clock(turn.atMs)}>{turn.text}</span>
          {turn.cut && <Cut />}
        </div>
      );
    case "progress":
    case "final":
      return (
        <div data-testid={turn.kind}>
          <Markdown text={turn.text} />
          {turn.cut && <Cut />}
        </div>
      );
    case "error":
      return (
        <div class="said-error" data-testid="error">
          <strong>Error</strong>
          <span>{turn.text}</span>
        </div>
      );
    case "interrupted":
      return <p class="said-note" data-testid="interrupted">Interrupted</p>;
    default:
      return turn satisfies never;
  }
}

function Cut() {
  return <p class="said-note">There was more: it is cut here.</p>;
}

function usageInWords({ input, cachedInput, output }: Tokens): string {
  const cached = cachedInput > 0 ? ` + ${inWords(cachedInput)} cached` : "";
  return `${inWords(input)}${cached} tokens in · ${inWords(output)} out`;
}

function clock(atMs: number): string {
  return new Date(atMs).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

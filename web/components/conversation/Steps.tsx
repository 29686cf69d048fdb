import type { ToolTurn } from "../../lib/blocks.ts";
import { diffLines } from "../../lib/diff_lines.ts";
import { Icon, type IconName } from "../Icon.tsx";
import { DiffView } from "./DiffView.tsx";

/** So many stand open; more are folded, the newest apart. */
const OPEN_STEPS = 4;

const STATES: Readonly<Record<ToolTurn["state"], { icon: IconName; words: string }>> = {
  running: { icon: "menu", words: "Running" },
  ok: { icon: "check", words: "Done" },
  failed: { icon: "close", words: "Failed" },
};

/** What an agent did between two messages: a line for each tool, with its output to unfold. */
export function Steps({ tools }: { tools: readonly ToolTurn[] }) {
  if (tools.length <= OPEN_STEPS) return <StepList tools={tools} />;
  const folded = tools.slice(0, 1 - OPEN_STEPS);
  const failed = folded.filter(({ state }) => state === "failed").length;
  return (
    <div class="steps-group">
      <details class="steps-folded">
        <summary>
          {folded.length} earlier steps{failed > 0 && `, ${failed} failed`}
        </summary>
        <StepList tools={folded} />
      </details>
      <StepList tools={tools.slice(1 - OPEN_STEPS)} />
    </div>
  );
}

function StepList({ tools }: { tools: readonly ToolTurn[] }) {
  return (
    <ul class="steps">
      {tools.map((tool) => (
        <li key={tool.id} class={`step step-${tool.state}`} data-testid="step">
          <Step tool={tool} />
        </li>
      ))}
    </ul>
  );
}

function Step({ tool }: { tool: ToolTurn }) {
  const { name, summary, state, diff, output } = tool;
  const { icon, words } = STATES[state];
  const change = diff === undefined ? undefined : diffLines(diff);
  const line = (
    <>
      <span class="step-state" title={words}>
        <Icon name={icon} />
        <span class="visually-hidden">{words}:</span>
      </span>
      <span class="step-name">{name}</span>
      <span class="step-summary">{summary}</span>
      {change !== undefined && (
        <span class="step-count">
          <span class="diff-plus">+{change.added}</span>{" "}
          <span class="diff-minus">−{change.removed}</span>
        </span>
      )}
    </>
  );
  if (diff === undefined && !output) return <div class="step-line">{line}</div>;
  return (
    <details>
      <summary class="step-line">{line}</summary>
      {diff !== undefined && <DiffView diff={diff} label={`Changes by ${name}: ${summary}`} />}
      {output !== undefined && output !== "" && (
        <pre class="output" tabIndex={0} role="group" aria-label={`Output of ${name}: ${summary}`}>
          {output}
        </pre>
      )}
    </details>
  );
}

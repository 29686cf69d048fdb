import type { AgentId } from "@chatcode/protocol";
import { agentClass, agentName, tokens } from "../lib/agent_words.ts";
import { agentsOf, fresh, niceCeiling, type UsageDay } from "../lib/usage_sums.ts";

/** Days that are named beneath the plot, at most. */
const MAX_LABELS = 6;
/** The part of a day's width that its bar takes. */
const BAR = 0.72;

/** Tokens by day, agents stacked. What it shows stands in the table beneath it too. */
export function UsagePlot({ days }: { days: readonly UsageDay[] }) {
  const total = ({ agents }: UsageDay) =>
    [...agents.values()].reduce((sum, usage) => sum + fresh(usage), 0);
  const top = niceCeiling(Math.max(...days.map(total)));
  const first = days[0]?.day;
  const last = days.at(-1)?.day;
  const step = Math.ceil(days.length / MAX_LABELS);
  return (
    <figure class="plot">
      <figcaption class="legend">
        {agentsOf(days).map((agent) => (
          <span key={agent} class="legend-item">
            <span class={`swatch ${agentClass(agent)}`} />
            {agentName(agent)}
          </span>
        ))}
      </figcaption>
      <div class="plot-area">
        <div class="plot-scale" aria-hidden="true">
          <span>{short(top)}</span>
          <span>{short(top / 2)}</span>
          <span>0</span>
        </div>
        <svg
          class="plot-bars"
          viewBox={`0 0 ${Math.max(1, days.length)} 100`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`Tokens by day from ${first} to ${last}, by agent. The table below has the numbers.`}
        >
          {[0, 50, 100].map((y) => (
            <line key={y} class="plot-line" x1="0" x2={days.length} y1={y} y2={y} />
          ))}
          {days.map((day, index) => <Bar key={day.day} day={day} x={index} top={top} />)}
        </svg>
      </div>
      <div class="plot-days" aria-hidden="true">
        {days.map(({ day }, index) =>
          index % step === 0 && (
            <span key={day} style={{ left: `${(index + 0.5) / days.length * 100}%` }}>
              {day.slice(5)}
            </span>
          )
        )}
      </div>
    </figure>
  );
}

function short(count: number): string {
  return tokens(count).replace(/\.0(?=\D)/, "");
}

function Bar({ day: { day, agents }, x, top }: { day: UsageDay; x: number; top: number }) {
  let below = 0;
  return (
    <g>
      <title>
        {[day, ...[...agents].map(([agent, sum]) => `${agentName(agent)} ${tokens(fresh(sum))}`)]
          .join("\n")}
      </title>
      {[...agents].sort(byId).map(([agent, sum]) => {
        const height = 100 * fresh(sum) / top;
        below += height;
        return (
          <rect
            key={agent}
            class={agentClass(agent)}
            x={x + (1 - BAR) / 2}
            y={100 - below}
            width={BAR}
            height={height}
          />
        );
      })}
    </g>
  );
}

function byId([a]: [AgentId, unknown], [b]: [AgentId, unknown]): number {
  return a < b ? -1 : 1;
}

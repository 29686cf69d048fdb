import { page } from "fresh";
import { asset, Head } from "fresh/runtime";
import { Empty } from "../../components/Empty.tsx";
import { UsagePlot } from "../../components/UsagePlot.tsx";
import { define, signedIn } from "../../define.ts";
import { agentName, tokens } from "../../lib/agent_words.ts";
import {
  add,
  daysAfter,
  NO_USAGE,
  sumsBy,
  usageDays,
  type UsageSum,
} from "../../lib/usage_sums.ts";
import { usageRange } from "../../usage_range.ts";

const RANGES = [[7, "7 days"], [30, "30 days"], [90, "90 days"], [365, "A year"]] as const;

export const handler = define.handlers({
  async GET(ctx) {
    const range = usageRange(ctx.url);
    const { rows, truncated } = await ctx.state.services.usage.query(signedIn(ctx.state), range);
    return page({ range, rows, truncated, today: new Date().toISOString().slice(0, 10) });
  },
});

/** Tokens by day, agent and model. Works without scripts. */
export default define.page<typeof handler>(({ data: { range, rows, truncated, today } }) => {
  const { from, to } = range;
  const days = usageDays(rows, range);
  const agents = sumsBy(rows, ({ agent }) => agent);
  const models = sumsBy(rows, ({ model }) => model);
  const all = [...agents.values()].reduce(add, NO_USAGE);
  return (
    <div class="page">
      <Head>
        <title>Usage · Chatcode</title>
        <link rel="stylesheet" href={asset("/usage.css")} />
      </Head>
      <header class="page-head">
        <h1>Usage</h1>
        {rows.length > 0 && (
          <a class="button" href={`/api/usage?from=${from}&to=${to}`} download data-testid="csv">
            Download CSV
          </a>
        )}
      </header>
      <form class="usage-range" method="get" action="/usage">
        <nav aria-label="Range">
          {RANGES.map(([count, words]) => {
            const start = daysAfter(today, 1 - count);
            return (
              <a
                key={count}
                href={`/usage?from=${start}&to=${today}`}
                aria-current={from === start && to === today ? "true" : undefined}
              >
                {words}
              </a>
            );
          })}
        </nav>
        <label>
          <span>From</span> <input type="date" name="from" value={from} max={today} required />
        </label>
        <label>
          <span>to</span> <input type="date" name="to" value={to} max={today} required />
        </label>
        <button type="submit">Show</button>
      </form>
      {truncated && <p class="note">There is more than can be shown: these are the newest.</p>}
      {rows.length === 0
        ? (
          <Empty title="Nothing was used">
            <p>From {from} to {to} no agent answered in any session.</p>
          </Empty>
        )
        : (
          <>
            <dl class="usage-totals" data-testid="totals">
              <Total name="Input" value={all.input} />
              <Total name="Cached input" value={all.cachedInput} />
              <Total name="Output" value={all.output} />
              <Total name="Answers" value={all.answers} />
            </dl>
            <section class="section" aria-labelledby="by-day">
              <h2 id="by-day">Tokens by day</h2>
              <p class="note">Input and output, without what came from the cache. Days are UTC.</p>
              <UsagePlot days={days} />
            </section>
            <section class="section" aria-labelledby="by-model">
              <h2 id="by-model">By agent and model</h2>
              <SumTable
                label="Usage by agent"
                first="Agent"
                sums={[...agents].map(([agent, sum]) => [agentName(agent), sum])}
              />
              <SumTable label="Usage by model" first="Model" sums={[...models]} />
            </section>
            <section class="section" aria-labelledby="numbers">
              <h2 id="numbers">The numbers by day</h2>
              <SumTable
                label="Usage by day and agent"
                first="Day and agent"
                sums={days.toReversed().flatMap(({ day, agents }) =>
                  [...agents].map(([agent, sum]): [string, UsageSum] => [
                    `${day} ${agentName(agent)}`,
                    sum,
                  ])
                )}
              />
            </section>
          </>
        )}
    </div>
  );
});

function Total({ name, value }: { name: string; value: number }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd title={value.toLocaleString("en")}>{tokens(value)}</dd>
    </div>
  );
}

function SumTable(
  { label, first, sums }: { label: string; first: string; sums: [string, UsageSum][] },
) {
  return (
    <div class="table-scroll usage-table" tabIndex={0} role="region" aria-label={label}>
      <table>
        <thead>
          <tr>
            <th scope="col">{first}</th>
            <th scope="col">Input</th>
            <th scope="col">Cached</th>
            <th scope="col">Output</th>
            <th scope="col">Answers</th>
          </tr>
        </thead>
        <tbody>
          {sums.map(([name, sum]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{sum.input.toLocaleString("en")}</td>
              <td>{sum.cachedInput.toLocaleString("en")}</td>
              <td>{sum.output.toLocaleString("en")}</td>
              <td>{sum.answers.toLocaleString("en")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

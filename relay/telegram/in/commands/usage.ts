import type { HostId, UsageRow } from "@chatcode/protocol";
import { may } from "../../../auth/rights.ts";
import { bold, join, pre } from "../../format/mod.ts";
import { AGENT_NAMES, tokens } from "../../words.ts";
import type { Asked } from "../asked.ts";
import type { BotParts } from "../bot_parts.ts";
import { callbackData } from "../callback_data.ts";
import type { Said } from "../replies.ts";
import type { Command, Presses } from "./command.ts";

const RANGES = [[1, "Today"], [7, "7 days"], [30, "30 days"]] as const;
const DAY_MS = 24 * 3600_000;

/** Lines of the table; the rest is summed up. */
const MAX_LINES = 15;

export const usage: Command = {
  name: "usage",
  about: "Tokens used, by agent and model",
  async run(asked, args, bot) {
    await asked.say(await report(asked, daysOf(args), bot));
  },
};

export const usagePresses: Presses = {
  prefix: "u",
  async press(asked, [days = ""], bot) {
    await asked.show(await report(asked, daysOf(days), bot));
    await asked.answer();
  },
};

function daysOf(text: string): number {
  return RANGES.find(([days]) => text === String(days))?.[0] ?? 7;
}

async function report(asked: Asked, days: number, bot: BotParts): Promise<Said> {
  const nowMs = bot.clock.now();
  const day = (atMs: number) => new Date(atMs).toISOString().slice(0, 10);
  const range = { from: day(nowMs - (days - 1) * DAY_MS), to: day(nowMs) };
  const sees = (host: HostId) => may(asked.principal, "usage.read", host);
  const { rows, truncated } = await bot.usage.query(range, { sees });
  const title = RANGES.find(([number]) => number === days)?.[1] ?? "";
  const table = rows.length === 0 ? "Nothing was used." : tableOf(rows);
  return {
    rich: join(
      bold(`Tokens, ${title.toLowerCase()} (UTC)`),
      truncated ? ", the newest only" : "",
      "\n",
      pre(table),
    ),
    buttons: [RANGES.map(([number, text]) => ({
      text: number === days ? `• ${text} •` : text,
      data: callbackData("u", number),
    }))],
  };
}

interface Sum {
  readonly name: string;
  input: number;
  output: number;
}

function tableOf(rows: readonly UsageRow[]): string {
  const sums = new Map<string, Sum>();
  for (const row of rows) {
    const name = `${AGENT_NAMES[row.agent]} ${row.model}`;
    const sum = sums.get(name) ?? { name, input: 0, output: 0 };
    sum.input += row.input + row.cachedInput;
    sum.output += row.output;
    sums.set(name, sum);
  }
  const sorted = [...sums.values()].sort((a, b) => b.input + b.output - a.input - a.output);
  const added = (name: string, parts: readonly Sum[]): Sum => ({
    name,
    input: parts.reduce((sum, part) => sum + part.input, 0),
    output: parts.reduce((sum, part) => sum + part.output, 0),
  });
  const lines = sorted.slice(0, MAX_LINES);
  if (sorted.length > MAX_LINES) lines.push(added("others", sorted.slice(MAX_LINES)));
  if (sorted.length > 1) lines.push(added("all", sorted));
  const width = Math.max(...lines.map(({ name }) => name.length));
  const line = (name: string, input: string, output: string) =>
    `${name.padEnd(width)}  ${input.padStart(7)}  ${output.padStart(7)}`;
  return [
    line("", "in", "out"),
    ...lines.map(({ name, input, output }) => line(name, tokens(input), tokens(output))),
  ].join("\n");
}

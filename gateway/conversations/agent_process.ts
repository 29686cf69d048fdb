import type { Agent } from "../agents/agent.ts";
import type { Agents } from "../agents/agents.ts";
import type { ProcessInfo, ProcessTable } from "../host/process_table.ts";

/** An agent that runs in a pane, by process facts. */
export interface AgentProcess {
  readonly agent: Agent;
  /** The outermost process of it. */
  readonly pid: number;
  /** All processes of it: some agents start themselves anew, and know themselves by that one. */
  readonly pids: readonly number[];
  readonly startedAtMs: number;
  readonly argv: readonly string[];
}

const RUNTIMES = new Set(["node", "nodejs", "bun", "deno"]);

/** The outermost agent below a pane's first process; what an agent starts in turn is its own. */
export function findAgentProcess(
  agents: Agents,
  table: ProcessTable,
  panePid: number,
): AgentProcess | undefined {
  const processes = table.under(panePid);
  const outermost = processes.find(({ argv }) => agentOf(agents, argv) !== undefined);
  const agent = outermost && agentOf(agents, outermost.argv);
  if (outermost === undefined || agent === undefined) return undefined;
  return {
    agent,
    pid: outermost.pid,
    pids: lineOf(outermost, processes, agent),
    startedAtMs: outermost.startedAtMs,
    argv: outermost.argv,
  };
}

/** Where an agent runs, in our panes or anywhere; one that it starts anew counts once. */
export function runningAgents(table: ProcessTable, agent: Agent): ProcessInfo[] {
  const all = table.all().filter(({ argv }) => isProgram(agent, argv));
  const pids = new Set(all.map(({ pid }) => pid));
  return all.filter(({ parentPid }) => !pids.has(parentPid));
}

/** Which agent a command line runs, if one. */
function agentOf(agents: Agents, argv: readonly string[]): Agent | undefined {
  return agents.find((agent) => isProgram(agent, argv));
}

/** Whether a command line runs that agent. */
function isProgram({ binary }: Agent, argv: readonly string[]): boolean {
  const name = nameOf(argv[0]);
  if (!RUNTIMES.has(name)) return name === binary;
  const script = argv.slice(1).find((word) => !word.startsWith("-"));
  return nameOf(script) === binary;
}

function nameOf(path: string | undefined): string {
  if (path === undefined) return "";
  return path.slice(path.lastIndexOf("/") + 1).replace(/\.(js|mjs|cjs|exe)$/, "");
}

/** The process, and those below it that are the same agent without a stranger in between. */
function lineOf(
  first: ProcessInfo,
  processes: readonly ProcessInfo[],
  agent: Agent,
): number[] {
  const pids = [first.pid];
  for (const { pid, parentPid, argv } of processes) {
    if (pids.includes(parentPid) && isProgram(agent, argv)) pids.push(pid);
  }
  return pids;
}

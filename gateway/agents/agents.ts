import type { AgentId } from "@chatcode/protocol";
import type { Agent } from "./agent.ts";
import { claude } from "./claude.ts";
import { codex } from "./codex.ts";
import { gemini } from "./gemini.ts";
import { opencode } from "./opencode.ts";

/** The agents that a gateway knows, each with an id and a binary of its own. */
export type Agents = readonly Agent[];

/** Every agent there is. */
export const AGENTS: Agents = [claude, codex, gemini, opencode];

export function agentById(agents: Agents, id: AgentId): Agent | undefined {
  return agents.find((agent) => agent.id === id);
}

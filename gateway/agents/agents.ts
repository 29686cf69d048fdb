import type { AgentId } from "@chatcode/protocol";
import type { Agent } from "./agent.ts";
import { claude } from "./claude.ts";
import { codex } from "./codex.ts";
import { gemini } from "./gemini.ts";
import { opencode } from "./opencode.ts";

/** Every agent there is, by id. */
export const AGENTS: Readonly<Record<AgentId, Agent>> = { claude, codex, gemini, opencode };

import { type AgentId, ProtocolError } from "@chatcode/protocol";
import type { HookSettings } from "../hooks/settings_file.ts";
import type { AgentPrograms } from "../host/agent_programs.ts";
import type { HostMethods } from "../requests.ts";

type AgentMethods = Pick<
  HostMethods,
  "agents.list" | "agents.preview-hooks" | "agents.change-hooks"
>;

/** Which agents there are, and our hooks in their settings. SPEC [AG2], [HK1]. */
export function agentMethods(programs: AgentPrograms): AgentMethods {
  return {
    "agents.list": async () => ({ agents: await programs.list() }),

    "agents.preview-hooks": async ({ agent, action }) => {
      return await onSettings(programs, agent, (settings) => settings.preview(action));
    },

    "agents.change-hooks": async ({ agent, action }) => {
      await onSettings(programs, agent, (settings) => settings.change(action));
      return { agent: await programs.describe(agent) };
    },
  };
}

// deno-lint-ignore require-await -- what is thrown rejects
async function onSettings<T>(
  programs: AgentPrograms,
  agent: AgentId,
  act: (settings: HookSettings) => T,
): Promise<T> {
  const settings = programs.hooksOf(agent);
  if (settings === undefined) {
    throw new ProtocolError("INVALID_REQUEST", "This agent has no hooks; none are needed");
  }
  try {
    return act(settings);
  } catch (cause) {
    const why = cause instanceof SyntaxError ? cause.message : "it cannot be read or written";
    throw new ProtocolError("UNAVAILABLE", `Cannot change "${settings.path}": ${why}`, { cause });
  }
}

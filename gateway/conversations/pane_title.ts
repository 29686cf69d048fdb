import type { AgentId } from "@chatcode/protocol";

/** What agents put into their pane's title for whoever watches it; none of it is on the screen. */
const TITLES: Partial<Record<AgentId, { [S in TitleState]?: RegExp }>> = {
  // It blinks.
  codex: { waiting: /^\[ [!. ] \] Action Required/ },
  gemini: { waiting: /^✋/, idle: /^◇/, busy: /^✦/ },
};

export type TitleState = "waiting" | "busy" | "idle";

/** What the title says of the agent's state, if it is one that says so. */
export function readTitle(agent: AgentId, title: string): TitleState | undefined {
  const states = TITLES[agent] ?? {};
  return (["waiting", "busy", "idle"] as const).find((state) => states[state]?.test(title));
}

/** Whether its title is worth looking at often. */
export function hasTitle(agent: AgentId): boolean {
  return TITLES[agent] !== undefined;
}

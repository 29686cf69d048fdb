import type { TitleState, TitleStates } from "../agents/agent.ts";

const STATES: readonly TitleState[] = ["waiting", "busy", "idle"];

/** What a pane's title says of the agent's state, if it is one that says so. */
export function readTitle(titles: TitleStates | undefined, title: string): TitleState | undefined {
  return STATES.find((state) => titles?.[state]?.test(title));
}

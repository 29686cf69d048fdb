import type { Env } from "../agents/agent.ts";
import { AGENTS } from "../agents/agents.ts";
import { HookSettings } from "../hooks/settings_file.ts";
import { hooksFolder } from "../hooks/spool.ts";
import { type Check, ok, warn } from "./check.ts";

/** What of ours stands in agents' settings. Without hooks agents are followed by their files. */
export function checkHooks(env: Env): Check {
  const name = "hooks";
  const states = AGENTS.map((agent) => {
    const settings = HookSettings.of(agent, { env, folder: hooksFolder(env) });
    return { id: agent.id, state: settings?.state() ?? "unsupported" };
  });
  const text = states.filter(({ state }) => state !== "unsupported")
    .map(({ id, state }) => `${id} ${state}`).join(", ");
  const isPartial = states.some(({ state }) => state === "partial");
  return isPartial
    ? warn(name, text, "Install them again on the machines page, or remove them there")
    : ok(name, text);
}

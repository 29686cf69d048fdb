import type { Agent, AgentId } from "@chatcode/protocol";
import { SIGNED_IN_WORDS } from "../lib/agent_words.ts";
import type { AgentList } from "../lib/use_agents.ts";

/** What a new session runs: one of the machine's agents, or (undefined) a shell or program. */
export function AgentChoice(
  { list, chosen, onChoose, onSignIn }: {
    list: AgentList;
    chosen: AgentId | undefined;
    onChoose: (agent: AgentId | undefined) => void;
    /** Starts a session with this command, in which to sign in. */
    onSignIn: (agent: Agent) => void;
  },
) {
  const agents = list.state === "listed" ? list.agents.filter(({ installed }) => installed) : [];
  const missing = list.state === "listed" ? list.agents.filter(({ installed }) => !installed) : [];
  return (
    <fieldset class="field">
      <legend>What runs in it</legend>
      <div class="choices">
        <label class="choice">
          <input
            type="radio"
            name="agent"
            checked={chosen === undefined}
            onChange={() => onChoose(undefined)}
          />
          <span class="choice-name">Shell or program</span>
        </label>
        {agents.map((agent) => (
          <label class="choice" key={agent.id} data-testid={`agent-${agent.id}`}>
            <input
              type="radio"
              name="agent"
              checked={chosen === agent.id}
              onChange={() =>
                onChoose(agent.id)}
            />
            <span class="choice-name">{agent.name}</span>
            <span class="note">
              {[agent.version, agent.signedIn === "no" ? SIGNED_IN_WORDS.no : undefined]
                .filter(Boolean).join(" · ")}
            </span>
            {agent.signedIn === "no" && agent.signInCommand !== undefined && (
              <button
                type="button"
                class="choice-act"
                aria-label={`Sign in to ${agent.name}`}
                onClick={() => onSignIn(agent)}
              >
                Sign in…
              </button>
            )}
          </label>
        ))}
      </div>
      {list.state === "loading" && <p class="note">Looking for agents…</p>}
      {list.state === "failed" && <p class="note">{list.message}</p>}
      {missing.length > 0 && (
        <p class="note">Not installed there: {missing.map(({ name }) => name).join(", ")}</p>
      )}
    </fieldset>
  );
}

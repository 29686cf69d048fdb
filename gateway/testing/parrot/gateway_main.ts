import { createLog } from "@chatcode/kit";
import { AGENTS } from "../../agents/agents.ts";
import { readConfig } from "../../config.ts";
import { takeEnvironment } from "../../command_line.ts";
import { startGateway } from "../../gateway.ts";
import { parrot } from "./agent.ts";

/** A gateway of its own process that knows the made-up agent: one that can be killed. */
await startGateway(readConfig({}, takeEnvironment()), {
  log: createLog({ verbose: true, pretty: false }),
  startedAtMs: performance.timeOrigin,
  requestStop: () => {},
  agents: [...AGENTS, parrot],
});

import type { Log } from "@chatcode/kit";
import type { Verdict } from "@chatcode/protocol";
import type { HookNews } from "./hook_news.ts";

/** An agent's own server, as far as the gateway listens to it. */
export interface AgentServer extends AsyncDisposable {
  /** @returns whether it took the answer; if not, the keys are left. Never throws. */
  reply(requestId: string, verdict: Verdict): Promise<boolean>;
}

export interface AgentServerOptions {
  readonly port: number;
  readonly password: string | undefined;
  readonly log: Log;
  readonly onNews: (news: HookNews) => void;
}

/** For an agent that tells its events and takes answers on a loopback port. */
export interface AgentServerAccess {
  /** The variable that holds the password: without one any local process reaches the server. */
  readonly passwordVariable: string;
  /** The port that a process's command line gives to its server. */
  portIn(argv: readonly string[]): number | undefined;
  /** Listens, and tries again as long as it is not reached, until it is disposed. */
  connect(options: AgentServerOptions): AgentServer;
}

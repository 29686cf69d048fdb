import { approval } from "@chatcode/protocol";
import { z } from "zod";
import { sessionsIn } from "../host/session_files.ts";
import type { AgentSession } from "./agent_session.ts";
import type { OpenApproval } from "./approvals.ts";

const memoSchema = z.object({
  pid: z.int(),
  startedAtMs: z.number(),
  conversation: z.string().optional(),
  transcript: z.string().optional(),
  activity: z.enum(["working", "idle"]).optional(),
  hooksSeen: z.boolean(),
  hasSpoken: z.boolean().default(false),
  approvals: z.array(approval.extend({
    summary: z.string(),
    requestId: z.string().optional(),
    isGuess: z.boolean(),
  })),
});
type Memo = z.infer<typeof memoSchema>;

/** What facts alone would not tell a gateway that takes over: one small file a session. */
export class Memos {
  readonly #folder: string;
  readonly #saved = new Map<string, string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  save(session: string, agentSession: AgentSession): void {
    const json = JSON.stringify(memoOf(agentSession));
    if (this.#saved.get(session) === json) return;
    const path = this.#path(session);
    try {
      Deno.writeTextFileSync(`${path}.draft`, json, { mode: 0o600 });
      Deno.renameSync(`${path}.draft`, path);
      this.#saved.set(session, json);
    } catch {
      // A full disk: the next gateway knows less.
    }
  }

  /** Only of the very same process. */
  restore(session: string, agentSession: AgentSession): void {
    const memo = this.#read(session);
    const { pid, startedAtMs } = agentSession.process;
    if (memo === undefined || memo.pid !== pid) return;
    if (Math.abs(memo.startedAtMs - startedAtMs) < 2_000) agentSession.restore(memo);
  }

  /** Of others, which ended while no gateway ran, nothing stays. */
  keepOnly(sessions: ReadonlySet<string>): void {
    for (const session of sessionsIn(this.#folder, ".memo")) {
      if (!sessions.has(session)) this.remove(session);
    }
  }

  remove(session: string): void {
    this.#saved.delete(session);
    try {
      Deno.removeSync(this.#path(session));
    } catch {
      // There was none.
    }
  }

  #read(session: string): (Omit<Memo, "approvals"> & { approvals: OpenApproval[] }) | undefined {
    try {
      const memo = memoSchema.parse(JSON.parse(Deno.readTextFileSync(this.#path(session))));
      return { ...memo, approvals: memo.approvals as OpenApproval[] };
    } catch {
      return undefined;
    }
  }

  #path(session: string): string {
    return `${this.#folder}/${session}.memo`;
  }
}

function memoOf({ process, known }: AgentSession): Memo {
  const { pid, startedAtMs } = process;
  const approvals = known.approvals.map(({ answered: _, ...approval }) => ({ ...approval }));
  return { pid, startedAtMs, ...known, approvals };
}

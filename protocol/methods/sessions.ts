import * as z from "zod";
import { columns, hostId, rows, sessionId } from "../ids.ts";
import { session, sessionTitle } from "../session.ts";
import { agentId } from "../turn.ts";
import { method } from "./method.ts";

const named = z.object({ host: hostId, session: sessionId });

export const sessionMethods = {
  "sessions.list": method(
    z.object({ host: hostId }),
    z.object({ sessions: z.array(session) }),
    { answeredBy: "host" },
  ),
  /** Starts a tmux session. Asked again with the same key, it answers with the same session. SPEC [SE3]. */
  "sessions.start": method(
    z.object({
      host: hostId,
      /** Relative to the workspace, or absolute inside it; absent: the workspace itself. */
      cwd: z.string().max(4096).optional(),
      /** argv; absent or empty: the user's login shell. */
      command: z.array(z.string().min(1).max(4096)).max(64).optional(),
      /** Instead of `command`: an agent, and the conversation to resume. SPEC [AG3]. */
      agent: z.object({ id: agentId, resume: z.string().max(160).optional() }).optional(),
      title: sessionTitle.optional(),
      cols: columns.optional(),
      rows: rows.optional(),
    }),
    z.object({ session }),
    { answeredBy: "host", mutates: true },
  ),
  "sessions.rename": method(named.extend({ title: sessionTitle }), z.object({ session }), {
    answeredBy: "host",
    mutates: true,
  }),
  /** Kills the session and what runs in it. Ending one that has ended is no error. SPEC [SE4]. */
  "sessions.end": method(named, z.object({}), { answeredBy: "host", mutates: true }),
  /** This socket's user looks at the session, or no more. SPEC [SE6]. */
  "sessions.focus": method(named.extend({ foreground: z.boolean() }), z.object({}), {
    answeredBy: "relay",
  }),
  /** Answers when the session is over, or with TIMEOUT. SPEC [SE5]. */
  "sessions.wait": method(
    named.extend({ timeoutMs: z.int().min(0).max(24 * 3600_000) }),
    z.object({}),
    { answeredBy: "host", long: true },
  ),
} as const;

import * as z from "zod";
import { agentId } from "./turn.ts";

/** An agent CLI on a host. SPEC [AG2]. */
export const agent = z.object({
  id: agentId,
  name: z.string().max(80),
  installed: z.boolean(),
  version: z.string().max(64).optional(),
  signedIn: z.enum(["yes", "no", "unknown"]),
  /** How to sign in: a command to run in a session. */
  signInCommand: z.array(z.string().max(400)).max(16).optional(),
  /** `partial`: ours are there and are not as they should be. */
  hooks: z.enum(["installed", "absent", "partial", "unsupported"]),
  /** Commands of the agent's own that a prompt may begin with. SPEC [PR3]. */
  slashCommands: z.array(z.string().max(40)).max(100),
});
export type Agent = z.infer<typeof agent>;

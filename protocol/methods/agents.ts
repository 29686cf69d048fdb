import * as z from "zod";
import { agent } from "../agent.ts";
import { approvalOutcome, verdict } from "../approval.ts";
import { hostId, sessionId } from "../ids.ts";
import { agentId, MAX_TURN_TEXT, turn } from "../turn.ts";
import { day, usageRow } from "../usage.ts";
import { method } from "./method.ts";

const inSession = z.object({ host: hostId, session: sessionId });

export const agentMethods = {
  /** Which agents are on the machine, their versions, sign-in and hooks. SPEC [AG2]. */
  "agents.list": method(z.object({ host: hostId }), z.object({ agents: z.array(agent) }), {
    answeredBy: "host",
  }),
  /** What installing or removing our hooks would change, as a diff of the agent's settings. SPEC [HK1]. */
  "agents.preview-hooks": method(
    z.object({ host: hostId, agent: agentId, action: z.enum(["install", "remove"]) }),
    z.object({ file: z.string(), diff: z.string() }),
    { answeredBy: "host" },
  ),
  /** Only after the user agreed to the preview. SPEC [HK1]. */
  "agents.change-hooks": method(
    z.object({ host: hostId, agent: agentId, action: z.enum(["install", "remove"]) }),
    z.object({ agent }),
    { answeredBy: "host", mutates: true },
  ),
  /** The newest turns of the session's conversation, or those before a cursor. SPEC [TU5]. */
  "turns.list": method(
    inSession.extend({
      before: z.string().max(200).optional(),
      limit: z.int().min(1).max(200),
    }),
    z.object({
      conversation: z.string().max(160).optional(),
      turns: z.array(turn).max(200),
      /** Asks for the turns before these; absent: there are none. */
      older: z.string().max(200).optional(),
    }),
    { answeredBy: "host" },
  ),
  /** Types a prompt into the session's agent and waits until it is in its transcript. SPEC [PR1]. */
  "prompts.send": method(
    inSession.extend({
      text: z.string().min(1).max(MAX_TURN_TEXT),
      /** Paths in the workspace that the prompt refers to. */
      files: z.array(z.string().min(1).max(4096)).max(20).optional(),
    }),
    z.object({
      /** `queued`: the agent is busy and has it in its own queue. */
      outcome: z.enum(["delivered", "queued"]),
      /** The prompt's turn, once it is in the transcript. */
      turn: z.string().optional(),
      /** What was changed for safety, in words; empty: nothing. */
      changes: z.array(z.string().max(200)).max(10),
    }),
    { answeredBy: "host", mutates: true, long: true },
  ),
  /** Stops what the agent does now, as Esc at its terminal would. SPEC [PR6]. */
  "prompts.interrupt": method(inSession, z.object({}), { answeredBy: "host", mutates: true }),
  "approvals.answer": method(
    inSession.extend({ approval: z.string().min(1).max(160), verdict }),
    z.object({ outcome: approvalOutcome }),
    { answeredBy: "host", mutates: true },
  ),
  /** Numbers by day; the relay keeps them. SPEC [US1]. */
  "usage.query": method(
    z.object({ from: day, to: day, host: hostId.optional() }),
    z.object({ rows: z.array(usageRow).max(10_000), truncated: z.boolean() }),
    { answeredBy: "relay" },
  ),
} as const;

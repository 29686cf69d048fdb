import { z } from "zod";

/** What `gateway.status` answers over the control socket. */
export const gatewayStatus = z.object({
  gatewayId: z.string(),
  pid: z.int(),
  version: z.string(),
  startedAtMs: z.int(),
  tmuxVersion: z.string(),
  workspace: z.string(),
  relayUrl: z.string(),
  uplink: z.object({
    state: z.enum(["dialling", "connected", "waiting", "stopped"]),
    sinceMs: z.int(),
    lastError: z.string().optional(),
    nextDialAtMs: z.int().optional(),
    rttMs: z.number().optional(),
    relayVersion: z.string().optional(),
  }),
  sessions: z.int(),
  viewers: z.int(),
  channels: z.int(),
});
export type GatewayStatus = z.infer<typeof gatewayStatus>;

/** What `gateway.health` answers: `ok` when sessions can be reached through the relay. */
export const gatewayHealth = z.object({
  ok: z.boolean(),
  relay: z.enum(["connected", "disconnected"]),
  tmux: z.enum(["ready", "lost"]),
  sessions: z.int(),
  viewers: z.int(),
  uptimeMs: z.int(),
  rssBytes: z.int(),
  rttMs: z.number().optional(),
});
export type GatewayHealth = z.infer<typeof gatewayHealth>;

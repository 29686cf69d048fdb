import { hostId, unixMs } from "@chatcode/protocol";
import { z } from "zod";
import { accountId, row } from "./row.ts";

/** Keys and values of links that show a file. */

const previewSecret = z.object({ secret: z.string().length(43), createdAtMs: unixMs });

const previewGrant = z.object({
  account: accountId,
  /** The machines that whoever made it may see; `null`: all. */
  hosts: z.array(hostId).max(100).nullable(),
  /** What proved who made it, by its hash: a link dies with it. */
  credential: z.object({
    kind: z.enum(["browser_session", "api_token", "other"]),
    hash: z.string().max(128),
  }),
  host: hostId,
  /** The real path of the one file. */
  path: z.string().max(4096),
  mediaType: z.string().max(200),
  createdAtMs: unixMs,
  expiresAtMs: unixMs,
  revokedAtMs: unixMs.nullable(),
});
export type PreviewGrantRow = z.infer<typeof previewGrant>;

export const previewRows = {
  previewSecret: row(previewSecret, "preview_secret"),
  previewGrant: (id: string) => row(previewGrant, "preview_grant", id),
} as const;

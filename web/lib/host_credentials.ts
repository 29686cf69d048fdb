import { hostId } from "@chatcode/protocol";
import * as z from "zod";

/** What the app answers when a machine is added or gets a new token. */
export const hostCredentials = z.object({
  id: hostId,
  name: z.string(),
  token: z.string(),
  installCommand: z.string(),
});
export type HostCredentials = z.infer<typeof hostCredentials>;

import * as z from "zod";
import { hostId } from "../ids.ts";
import { method } from "./method.ts";

export const folderMethods = {
  /** The folders inside a folder of the workspace, for choosing where a session starts. SPEC [FO1]. */
  "folders.list": method(
    z.object({ host: hostId, path: z.string().max(4096) }),
    z.object({
      /** Relative to the workspace; "" is the workspace itself. */
      path: z.string(),
      folders: z.array(z.string()).max(1_000),
      truncated: z.boolean(),
    }),
    { answeredBy: "host" },
  ),
} as const;

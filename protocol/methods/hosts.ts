import * as z from "zod";
import { snapshot } from "../events.ts";
import { host } from "../host.ts";
import { hostId } from "../ids.ts";
import { method } from "./method.ts";

export const hostMethods = {
  /** Every machine this principal may see. */
  "hosts.list": method(z.object({}), z.object({ hosts: z.array(host) }), { answeredBy: "relay" }),
  /** The whole state again, after a gap in the events' seq. SPEC [EV3]. */
  "state.snapshot": method(z.object({}), snapshot, { answeredBy: "relay" }),
  /** The host answers at once: measures the way client → relay → host and back. */
  "hosts.ping": method(z.object({ host: hostId }), z.object({}), { answeredBy: "host" }),
} as const;

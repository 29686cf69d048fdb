import type { StartDriver } from "../driver.ts";
import { startChatcode } from "./chatcode.ts";
import { startTtyd } from "./ttyd.ts";

/** Every driver by the name that `--driver` takes. */
export const DRIVERS: Readonly<Record<string, StartDriver>> = {
  chatcode: startChatcode,
  ttyd: () => startTtyd({ tmux: false }),
  "ttyd-tmux": () => startTtyd({ tmux: true }),
};

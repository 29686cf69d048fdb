import { createDefine } from "fresh";
import type { Services } from "./services.ts";

/** What middlewares leave for routes. */
export interface State {
  services: Services;
}

export const define = createDefine<State>();

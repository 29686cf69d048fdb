import { createDefine, HttpError } from "fresh";
import type { Log } from "@chatcode/kit";
import type { Principal, Services } from "./services.ts";

/** What middlewares leave for routes. */
export interface State {
  services: Services;
  log: Log;
  principal: Principal | null;
  /** What this browser session's changes must carry; null when signed out. */
  csrfToken: string | null;
}

export const define = createDefine<State>();

/** @throws HttpError 401 when signed out; pages are guarded before by their middleware */
export function signedIn(state: State): Principal {
  if (state.principal === null) throw new HttpError(401, "Not signed in");
  return state.principal;
}

import type { ReqFrame } from "@chatcode/protocol";
import type { Principal } from "../auth/principal.ts";

/** The request as the host gets it. SPEC [RL3]. */
export function forHost(
  principal: Pick<Principal, "account">,
  req: Pick<ReqFrame, "method" | "idempotencyKey">,
  params: Record<string, unknown>,
) {
  return {
    method: req.method,
    params,
    principal: principal.account as string,
    ...(req.idempotencyKey !== undefined && { idempotencyKey: req.idempotencyKey }),
  };
}

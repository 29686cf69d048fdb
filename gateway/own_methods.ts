import type { Log } from "@chatcode/kit";
import { issues, ProtocolError, type ReqFrame } from "@chatcode/protocol";
import { z } from "zod";
import type { Answerer } from "./control_socket.ts";
import type { GatewayHealth, GatewayStatus } from "./gateway_status.ts";
import type { Requests } from "./requests.ts";

export interface OwnMethods {
  status(): GatewayStatus;
  health(): GatewayHealth;
  stop(reason: string, restartInMs?: number): void;
}

const stopParams = z.object({
  reason: z.string().min(1).max(200).default("stop asked"),
  /** When to expect the gateway back, in milliseconds. */
  restartInMs: z.int().min(0).optional(),
});

/** Answers over the control socket: `gateway.…` itself, the wire's methods by `requests`. */
export function ownAnswerer(own: OwnMethods, requests: Requests, log: Log): Answerer {
  return async (frame, source) => {
    if (!frame.method.startsWith("gateway.")) return await requests.answer(frame, source);
    try {
      const { payload, after } = act(own, frame);
      source.respond({ type: "res", id: frame.id, ok: true, payload });
      after?.();
    } catch (thrown) {
      if (!(thrown instanceof ProtocolError)) log.error("request.failed", { error: thrown });
      const error = thrown instanceof ProtocolError
        ? thrown
        : new ProtocolError("INTERNAL", "Cannot answer: see the gateway's log");
      source.respond({ type: "res", id: frame.id, ok: false, error: error.toWire() });
    }
  };
}

function act(own: OwnMethods, frame: ReqFrame): { payload: unknown; after?: () => void } {
  switch (frame.method) {
    case "gateway.status":
      return { payload: own.status() };
    case "gateway.health":
      return { payload: own.health() };
    case "gateway.stop": {
      const parsed = stopParams.safeParse(frame.params);
      if (!parsed.success) {
        const why = issues(parsed.error);
        throw new ProtocolError("INVALID_REQUEST", `Cannot do gateway.stop: ${why}`);
      }
      const { reason, restartInMs } = parsed.data;
      return { payload: {}, after: () => own.stop(reason, restartInMs) };
    }
    default:
      throw new ProtocolError("UNKNOWN_METHOD", `Cannot answer: no method "${frame.method}" here`);
  }
}

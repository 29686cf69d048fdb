import {
  CREDIT_WINDOW_BYTES,
  INPUT_WINDOW_BYTES,
  MAX_CHANNELS,
  MAX_IN_FLIGHT,
  type Policy,
  TICK_INTERVAL_MS,
} from "@chatcode/protocol";

/** What hello-ok binds a peer to. SPEC [HE5]. */
export function policyFor(limits: Pick<Policy, "maxPayload" | "maxBufferedBytes">): Policy {
  return {
    ...limits,
    tickIntervalMs: TICK_INTERVAL_MS,
    creditWindowBytes: CREDIT_WINDOW_BYTES,
    inputWindowBytes: INPUT_WINDOW_BYTES,
    maxChannels: MAX_CHANNELS,
    maxInFlight: MAX_IN_FLIGHT,
  };
}

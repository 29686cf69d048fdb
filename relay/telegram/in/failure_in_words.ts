import type { ProtocolError } from "@chatcode/protocol";

/** Why something could not be done, and what a person may do about it. */
export function failureInWords(
  { code, message, retryAfterMs }: ProtocolError,
  what: string,
): string {
  const because = `${what}: ${reason(code) ?? message.replace(/^Cannot [^:]*: /, "")}.`;
  if (retryAfterMs === undefined) return because;
  return `${because} Try again in ${Math.ceil(retryAfterMs / 1_000)} s.`;
}

function reason(code: ProtocolError["code"]): string | undefined {
  switch (code) {
    case "HOST_OFFLINE":
      return "the machine is offline. Its sessions run on; try again when it is back";
    case "HOST_NOT_FOUND":
      return "the machine is no longer there";
    case "SESSION_NOT_FOUND":
    case "SESSION_ENDED":
      return "the session has ended. /new starts another";
    case "AGENT_NOT_FOUND":
      return "no agent runs in this session";
    case "FORBIDDEN":
      return "your account may only watch";
    case "TIMEOUT":
    case "AGENT_TIMEOUT":
      return "there was no word of it in time, so it may have arrived. Look before you send it again";
    default:
      return undefined;
  }
}

import type { SessionStatus } from "@chatcode/protocol";
import { STATUS_WORDS } from "../lib/words.ts";

/** A session's status in colour and in words. */
export function Status({ status }: { status: SessionStatus }) {
  return <span class={`status status-${status}`} data-testid="status">{STATUS_WORDS[status]}</span>;
}

export function Online({ online }: { online: boolean }) {
  return (
    <span class={online ? "status status-online" : "status status-offline"} data-testid="online">
      {online ? "Online" : "Offline"}
    </span>
  );
}

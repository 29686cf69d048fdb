/** What an agent's hook (or its event stream) told, in words that all agents share. */
export type HookNews = HookSource & HookFact;

export interface HookSource {
  /** The agent's own id of the conversation. */
  readonly conversation: string;
  /** The transcript's path. */
  readonly transcript?: string;
  readonly cwd?: string;
}

export type HookFact =
  | { readonly kind: "session-start"; readonly source: string }
  | { readonly kind: "prompt"; readonly text: string }
  | { readonly kind: "tool-start"; readonly tool: string; readonly summary: string }
  | { readonly kind: "tool-end"; readonly tool: string; readonly ok: boolean }
  | ApprovalAsked
  /** It was answered somewhere: on the screen, over HTTP, or by a rule. */
  | { readonly kind: "approval-answered"; readonly requestId: string }
  /** The exchange is over; `error` says that it failed. */
  | { readonly kind: "stopped"; readonly text?: string; readonly error?: string }
  | { readonly kind: "session-end"; readonly reason: string }
  | { readonly kind: "notification"; readonly type: string; readonly text: string };

export interface ApprovalAsked {
  readonly kind: "approval-asked";
  readonly tool: string;
  /** One line. */
  readonly summary: string;
  /** The full command, or the change as a unified diff, or what else is known of the input. */
  readonly detail: string;
  readonly detailKind: "command" | "diff" | "text";
  /** The agent's own reason, where it gives one. */
  readonly reason?: string;
  /** Names the request where it is answered over HTTP. */
  readonly requestId?: string;
}

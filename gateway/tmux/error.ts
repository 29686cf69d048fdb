/** The closed list of what can go wrong with tmux. */
export type TmuxErrorCode =
  | "TMUX_MISSING" // no tmux program
  | "TMUX_TOO_OLD"
  | "TMUX_FAILED" // tmux refused a command
  | "SESSION_NOT_FOUND"
  | "FOLDER_NOT_FOUND" // the folder to start in is not there
  | "CONTROL_LOST" // the control client died: the line may or may not have run
  | "CONTROL_BUSY" // too many lines wait for an answer
  | "CLOSED"; // our own side was closed

export class TmuxError extends Error {
  override readonly name = "TmuxError";
  constructor(readonly code: TmuxErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** What tmux says when a target is gone; the only way it tells. */
export function isGone(message: string): boolean {
  return /^(can't find (session|window|pane)|no such session|no server running|no current target|error connecting to|lost server|server exited)/
    .test(message.trim());
}

import type { MethodName } from "@chatcode/protocol";
import type { Action } from "../auth/rights.ts";

/** What each method asks of the principal's role; the table is complete by its type. */
export const METHOD_ACTION: Readonly<Record<MethodName, Action>> = {
  "hosts.list": "host.view",
  "hosts.ping": "host.view",
  "state.snapshot": "host.view",
  "sessions.list": "session.list",
  "sessions.start": "session.start",
  "sessions.rename": "session.drive",
  "sessions.end": "session.end",
  "sessions.wait": "session.watch",
  "sessions.focus": "session.watch",
  "folders.list": "folder.list",
  "terminal.attach": "session.watch",
  "terminal.detach": "session.watch",
  "terminal.resize": "session.watch",
  "terminal.focus": "session.watch",
  "terminal.history": "session.watch",
  "agents.list": "session.watch",
  "agents.preview-hooks": "session.drive",
  "agents.change-hooks": "session.drive",
  "turns.list": "session.watch",
  "prompts.send": "session.drive",
  "prompts.interrupt": "session.drive",
  "approvals.answer": "session.drive",
  "usage.query": "usage.read",
  "files.list": "file.read",
  "files.stat": "file.read",
  "previews.create": "file.read",
  "previews.revoke": "file.read",
};

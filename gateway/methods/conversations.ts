import { ProtocolError } from "@chatcode/protocol";
import type { Answering } from "../conversations/answering.ts";
import type { Conversations } from "../conversations/conversations.ts";
import { turnPage } from "../conversations/turn_pages.ts";
import { withFiles } from "../prompts/attached_files.ts";
import type { Addressee, Prompts } from "../prompts/prompts.ts";
import type { HostMethods } from "../requests.ts";
import type { SessionWatch } from "../session_watch.ts";
import { protocolErrorOf } from "../tmux_failure.ts";
import type { Workspace } from "../workspace.ts";

export interface ConversationParts {
  readonly conversations: Conversations;
  readonly prompts: Prompts;
  readonly answering: Answering;
  readonly watch: SessionWatch;
  readonly workspace: Workspace;
}

type ConversationMethods = Pick<
  HostMethods,
  "turns.list" | "prompts.send" | "prompts.interrupt" | "approvals.answer"
>;

/** What is said to an agent, and what it said. */
export function conversationMethods(parts: ConversationParts): ConversationMethods {
  const { prompts, answering, workspace, watch } = parts;
  return {
    "turns.list": async ({ session, before, limit }) => {
      const agentSession = agentIn(parts, session)?.agentSession;
      return agentSession === undefined
        ? { turns: [] }
        : await turnPage(agentSession, { before, limit });
    },

    "prompts.send": async ({ session, text, files = [] }, { principal, idempotencyKey }) => {
      const to = await lookFor(parts, session);
      const cwd = watch.get(session)?.cwd ?? workspace.root;
      const key = JSON.stringify([principal, idempotencyKey ?? crypto.randomUUID()]);
      const whole = await withFiles(text, { files, workspace, cwd });
      return await prompts.send(to, { text: whole, key }).catch((thrown) => {
        throw protocolErrorOf(thrown, { watch, id: session });
      });
    },

    "prompts.interrupt": async ({ session }) => {
      const to = await lookFor(parts, session);
      await prompts.interrupt(to).catch((thrown) => {
        throw protocolErrorOf(thrown, { watch, id: session });
      });
      return {};
    },

    "approvals.answer": async ({ session, approval, verdict }, { principal }) => {
      const to = agentIn(parts, session);
      if (to === undefined) throw new ProtocolError("APPROVAL_GONE", "This approval is over");
      const by = principal.slice(0, 128);
      const outcome = await answering.answer(to, { id: approval, verdict, by }).catch((thrown) => {
        throw protocolErrorOf(thrown, { watch, id: session });
      });
      return { outcome };
    },
  };
}

/** One that was started a moment ago is not known yet. @throws ProtocolError AGENT_NOT_FOUND */
async function lookFor(parts: ConversationParts, session: string): Promise<Addressee> {
  const known = agentIn(parts, session);
  if (known !== undefined) return known;
  await parts.watch.look();
  const found = agentIn(parts, session);
  if (found !== undefined) return found;
  throw new ProtocolError("AGENT_NOT_FOUND", "No agent runs in this session");
}

/** @throws ProtocolError SESSION_NOT_FOUND or SESSION_ENDED */
function agentIn({ conversations, watch }: ConversationParts, session: string) {
  if (watch.get(session) === undefined) {
    throw watch.hasEnded(session)
      ? new ProtocolError("SESSION_ENDED", `Session "${session}" has ended`)
      : new ProtocolError("SESSION_NOT_FOUND", `No session "${session}" on this host`);
  }
  const agentSession = conversations.get(session);
  const pane = conversations.paneOf(session);
  if (agentSession === undefined || pane === undefined) return undefined;
  const isThere = () => conversations.get(session) === agentSession;
  return {
    session,
    agentSession,
    pane,
    isThere,
    echo: (typed: { text: string; sinceMs: number }) => conversations.echo(session, typed),
  };
}

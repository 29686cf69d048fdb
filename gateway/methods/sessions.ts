import {
  type HostId,
  type MethodParams,
  type MethodResult,
  ProtocolError,
  type Session,
} from "@chatcode/protocol";
import { systemClock } from "@chatcode/kit";
import { encodeHex } from "@std/encoding/hex";
import type { AgentPrograms } from "../host/agent_programs.ts";
import type { HostMethods, RequestScope } from "../requests.ts";
import type { SessionBook } from "../session_book.ts";
import type { SessionWatch } from "../session_watch.ts";
import { protocolErrorOf } from "../tmux_failure.ts";
import { SESSION_ID, type TmuxSessions } from "../tmux/sessions.ts";
import type { Workspace } from "../workspace.ts";

export interface SessionParts {
  readonly host: HostId;
  readonly sessions: TmuxSessions;
  readonly watch: SessionWatch;
  readonly workspace: Workspace;
  readonly programs: Pick<AgentPrograms, "start">;
  readonly book: Pick<SessionBook, "forget" | "resumed">;
}

type SessionMethods = Pick<
  HostMethods,
  "sessions.list" | "sessions.start" | "sessions.rename" | "sessions.end" | "sessions.wait"
>;

/** Sessions on one host. Each costs a shell, its memory and its history. */
const MAX_SESSIONS = 500;
const DEFAULT_SIZE = { cols: 120, rows: 36 };

export function sessionMethods(parts: SessionParts): SessionMethods {
  const { sessions, watch } = parts;
  return {
    "sessions.list": async () => {
      await watch.look();
      return { sessions: watch.sessions };
    },

    "sessions.start": (params, scope) => start(parts, params, scope),

    "sessions.rename": async ({ session: id, title }) => {
      checkId(id);
      await sessions.rename(id, title).catch((thrown) => {
        throw protocolErrorOf(thrown, { watch, id });
      });
      await watch.look();
      return { session: sessionOf(watch, id) };
    },

    "sessions.end": async ({ session: id }) => {
      checkId(id);
      if (parts.book.forget(id)) {
        await watch.look();
        return {};
      }
      const ended = await sessions.end(id).catch((thrown) => {
        throw protocolErrorOf(thrown, { watch, id });
      });
      await watch.look();
      if (!ended && !watch.hasEnded(id)) throw noSession(id);
      return {};
    },

    "sessions.wait": async ({ session: id, timeoutMs }, { signal }) => {
      await watch.look();
      if (watch.get(id)?.resumable) return {};
      if (watch.get(id) === undefined && !watch.hasEnded(id)) throw noSession(id);
      const limit = new AbortController();
      using _timer = systemClock.setTimer(() => limit.abort(), timeoutMs);
      if (await watch.waitEnded(id, AbortSignal.any([signal, limit.signal]))) return {};
      throw new ProtocolError("TIMEOUT", `Session "${id}" is not over yet`);
    },
  };
}

async function start(
  { sessions, watch, workspace, programs, book }: SessionParts,
  params: MethodParams<"sessions.start">,
  { principal, idempotencyKey }: RequestScope,
): Promise<MethodResult<"sessions.start">> {
  const { agent, cols = DEFAULT_SIZE.cols, rows = DEFAULT_SIZE.rows } = params;
  if (agent !== undefined && (params.command?.length ?? 0) > 0) {
    throw new ProtocolError(
      "INVALID_REQUEST",
      "Cannot start a session: agent or command, not both",
    );
  }
  const id = await idOf(principal, idempotencyKey ?? crypto.randomUUID());
  const { name, command, argv } = agent === undefined
    ? { name: undefined, command: params.command ?? [], argv: undefined }
    : await programs.start(agent.id, agent.resume, id);
  if (command.some((word) => word.includes("\0"))) {
    throw new ProtocolError("INVALID_REQUEST", "Cannot start a session: the command holds a NUL");
  }
  const cwd = await workspace.resolve(params.cwd ?? "");
  if (watch.get(id) === undefined && watch.sessions.length >= MAX_SESSIONS) {
    throw new ProtocolError("LIMIT_REACHED", `Cannot start a session: ${MAX_SESSIONS} are running`);
  }
  const title = params.title ?? defaultTitle(name === undefined ? command : [name], cwd);
  const { state } = await sessions.start({
    ...{ id, title, command, cwd, cols, rows },
    ...(argv !== undefined && { argv }),
  }).catch(
    (thrown) => {
      throw protocolErrorOf(thrown, { watch, id });
    },
  );
  if (agent?.resume !== undefined) book.resumed(agent.id, agent.resume);
  await watch.look();
  const session = sessionOf(watch, id);
  const same = session.cwd === cwd && JSON.stringify(session.command) === JSON.stringify(command);
  if (state === "found" && !same) {
    throw new ProtocolError("CONFLICT", "The idempotency key started another session");
  }
  return { session };
}

/**
 * A session's id comes from who asked and with which key. So the same request finds its session for
 * as long as that lives, whatever restarts in between. SPEC [RQ5].
 */
async function idOf(principal: string, key: string): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify([principal, key]));
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return `s${encodeHex(digest).slice(0, 15)}`;
}

/** The agent's name or the command, else the folder's name. */
function defaultTitle(what: readonly string[], cwd: string): string {
  const text = what.length > 0 ? what.join(" ") : cwd.slice(cwd.lastIndexOf("/") + 1);
  return text.trim().slice(0, 120) || "Session";
}

function sessionOf(watch: SessionWatch, id: string): Session {
  const session = watch.get(id);
  if (session !== undefined) return session;
  throw new ProtocolError("SESSION_ENDED", `Session "${id}" has ended`);
}

/** The wire's alphabet is wider than that of our sessions, whose other names are tmux's own. */
function checkId(id: string): void {
  if (!SESSION_ID.test(id)) throw noSession(id);
}

function noSession(id: string): ProtocolError {
  return new ProtocolError("SESSION_NOT_FOUND", `No session "${id}" on this host`);
}

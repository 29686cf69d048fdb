import type { Agent, Env, ProcessNews } from "../agents/agent.ts";
import type { TranscriptDatabase, TranscriptPlace } from "../agents/transcript_place.ts";
import { openFiles, processFolder, type ProcessTable } from "../host/process_table.ts";
import { readJson } from "../agents/own_files.ts";
import { findTranscripts } from "../transcripts/find_transcript.ts";
import { readLastTurns } from "../transcripts/last_turns.ts";
import { readFully } from "../transcripts/tail_position.ts";
import { visibleText } from "../prompts/safe_text.ts";
import { type AgentProcess, runningAgents } from "./agent_process.ts";

/** A conversation and the file that holds it. */
export interface Bound {
  readonly conversation: string;
  readonly transcript: string;
}

export interface Search {
  readonly agent: Agent;
  readonly process: AgentProcess;
  readonly env: Env;
  readonly table: ProcessTable;
  /** Transcripts of other sessions. */
  readonly taken: ReadonlySet<string>;
  /** What it is bound to now. */
  readonly current: Bound | undefined;
}

/** A file that is born a little before its process is seen, by the clocks, in milliseconds. */
const CLOCK_SLACK_MS = 2_000;
const MAX_ECHOES = 20;
/** Of a transcript's beginning, whose first line may hold long instructions. */
const HEAD_BYTES = 256 * 1024;

/**
 * Which transcript a process writes, by facts that belong to that process alone: its own note, its
 * arguments, the files it holds open; else, the only new file if it is the only process of its kind.
 * Never by the folder: `undefined` as long as there is a doubt.
 */
export async function findOwnTranscript(search: Search): Promise<Bound | undefined> {
  const { agent, process, env, current } = search;
  const place = agent.transcripts(env);
  if (place.kind === "database") return onlyNewSession(search, place);
  const note = await readProcessNote(agent, process, env);
  if (note !== undefined) return await locateAnew(search, note.conversation);
  const open = process.pids.flatMap(openFiles).filter((path) =>
    path.startsWith(`${place.root}/`) && place.matches(path.slice(place.root.length + 1))
  );
  if (open.length > 0) return await mainOf(search, [...new Set(open)]);
  const named = current === undefined ? resumed(search) : undefined;
  if (named !== undefined) return await locate(search, named);
  return await onlyNewOne(search);
}

/**
 * The one transcript, of nobody else's, that holds a prompt which was typed into this very pane:
 * where two agents work in one folder, only that tells them apart.
 */
export async function findEcho(
  search: Pick<Search, "agent" | "env" | "taken">,
  typed: { text: string; sinceMs: number },
): Promise<Bound | undefined> {
  const { agent, env, taken } = search;
  const place = agent.transcripts(env);
  if (place.kind === "database") {
    const ids = place.withPrompt(typed).filter((id) => !taken.has(id));
    const [only] = ids;
    return only === undefined || ids.length > 1
      ? undefined
      : { conversation: only, transcript: place.path };
  }
  const recent = (await findTranscripts(place)).filter(({ path, modifiedAtMs }) =>
    modifiedAtMs >= typed.sinceMs - CLOCK_SLACK_MS && !taken.has(path)
  );
  const echoes: Bound[] = [];
  for (const { path } of recent.slice(0, MAX_ECHOES)) {
    const { turns, reader } = await readLastTurns(path, {
      newReader: () => agent.newReader(),
      turns: 20,
    });
    const isThere = turns.some((turn) =>
      turn.kind === "prompt" && turn.atMs >= typed.sinceMs - CLOCK_SLACK_MS &&
      visibleText(turn.text) === visibleText(typed.text)
    );
    const conversation = reader.conversation ?? nameOf(path);
    if (isThere) echoes.push({ conversation, transcript: path });
  }
  return echoes.length === 1 ? echoes[0] : undefined;
}

/** What the process itself writes down of its conversation and status. */
export async function readProcessNote(
  agent: Agent,
  process: AgentProcess,
  env: Env,
): Promise<ProcessNews | undefined> {
  for (const pid of process.pids) {
    const path = agent.processFile?.path(pid, env);
    const record = path === undefined ? undefined : await readJson(path);
    const news = record && agent.processFile?.read(record);
    if (news !== undefined) return news;
  }
  return undefined;
}

/** The file of a conversation, once it is there. */
export async function locate(
  { agent, env }: Pick<Search, "agent" | "env">,
  conversation: string,
): Promise<Bound | undefined> {
  const place = agent.transcripts(env);
  if (place.kind === "database") return { conversation, transcript: place.path };
  const [newest] = await findTranscripts(place, conversation);
  return newest === undefined ? undefined : { conversation, transcript: newest.path };
}

async function locateAnew(search: Search, conversation: string): Promise<Bound | undefined> {
  const { current } = search;
  return current?.conversation === conversation ? current : await locate(search, conversation);
}

/** The conversation that a command line asks to go on with. */
function resumed({ agent, process }: Search): string | undefined {
  return process.argv.find((word) => agent.conversationId.test(word));
}

/**
 * Of several that a process holds open, the newest is the conversation with the user: those before
 * it may stay open for a while. Subagents' threads say what they are.
 */
async function mainOf(search: Search, paths: readonly string[]): Promise<Bound | undefined> {
  const found = await Promise.all(paths.map((path) => describe(search, path)));
  const users = found.filter((each) => each !== undefined && !each.isSubagent) as Described[];
  const newest = users.sort((a, b) => a.bornMs - b.bornMs).at(-1);
  return newest === undefined ? search.current : bound(newest);
}

interface Described extends Bound {
  readonly bornMs: number;
  readonly cwd: string | undefined;
  readonly isSubagent: boolean;
}

/** In a database, as `onlyNewOne()` among files. */
function onlyNewSession(search: Search, database: TranscriptDatabase): Bound | undefined {
  const { path } = database;
  const { process, current, taken } = search;
  const folder = processFolder(process.pid);
  const named = current === undefined ? resumed(search) : undefined;
  const sinceMs = process.startedAtMs - CLOCK_SLACK_MS;
  const [now] = current === undefined
    ? []
    : database.stored({ sinceMs: 0, conversation: current.conversation });
  const [only, ...more] = database.stored({ sinceMs }).filter(({ id, directory, createdMs }) =>
    !taken.has(id) && id !== current?.conversation &&
    (folder === undefined || directory === folder) && createdMs >= (now?.createdMs ?? 0)
  );
  if (only === undefined && named !== undefined) return { conversation: named, transcript: path };
  if (only === undefined || more.length > 0 || rivals(search, folder) > 0) return undefined;
  return { conversation: only.id, transcript: path };
}

/** How many other processes of that agent may work in the same folder. */
function rivals({ table, agent, process }: Search, folder: string | undefined): number {
  return runningAgents(table, agent).filter(({ pid }) =>
    pid !== process.pid && !process.pids.includes(pid) &&
    (folder === undefined || (processFolder(pid) ?? folder) === folder)
  ).length;
}

async function onlyNewOne(search: Search): Promise<Bound | undefined> {
  const { agent, process, env, taken, current } = search;
  const place = agent.transcripts(env);
  if (place.kind !== "files") return undefined;
  const sinceMs = process.startedAtMs - CLOCK_SLACK_MS;
  const recent = (await findTranscripts(place)).filter(({ path, modifiedAtMs }) =>
    modifiedAtMs >= sinceMs && !taken.has(path) && path !== current?.transcript
  );
  const described = await Promise.all(recent.map(({ path }) => describe(search, path)));
  const folder = processFolder(process.pid);
  const currentBorn = current && (await describe(search, current.transcript))?.bornMs;
  const candidates = described.filter((each) =>
    each !== undefined && each.bornMs >= Math.max(sinceMs, currentBorn ?? 0) &&
    (each.cwd === undefined || folder === undefined || each.cwd === folder)
  );
  const [only] = candidates;
  if (only === undefined || candidates.length > 1) return undefined;
  return rivals(search, folder) > 0 ? undefined : bound(only);
}

/** What the first lines say of a transcript. */
async function describe({ agent, env }: Search, path: string): Promise<Described | undefined> {
  try {
    using file = await Deno.open(path);
    const { birthtime, mtime } = await file.stat();
    const buffer = new Uint8Array(HEAD_BYTES);
    const bytes = await readFully(file, 0, buffer);
    const reader = agent.newReader();
    const head = new TextDecoder().decode(buffer.subarray(0, bytes));
    for (const line of head.split("\n")) {
      try {
        reader.push(JSON.parse(line));
      } catch {
        continue; // cut off, or being written
      }
      if (reader.conversation !== undefined && reader.cwd !== undefined) break;
    }
    return {
      conversation: reader.conversation ?? nameOf(path),
      transcript: path,
      bornMs: (birthtime ?? mtime)?.getTime() ?? 0,
      cwd: reader.cwd,
      isSubagent: isSubagents(agent.transcripts(env), head.slice(0, 4096)),
    };
  } catch {
    return undefined; // it is gone again
  }
}

function isSubagents(place: TranscriptPlace, head: string): boolean {
  return place.kind === "files" && place.isSubagents?.(head) === true;
}

/** For a transcript that has lost its first record, as Gemini's do when two of them start at once. */
function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1).replace(/\.jsonl$/, "").slice(0, 160);
}

function bound({ conversation, transcript }: Bound): Bound {
  return { conversation, transcript };
}

import type { AgentId } from "@chatcode/protocol";
import type { AgentServerAccess } from "./agent_server.ts";
import type { ScreenApproval } from "./approval.ts";
import type { HookNews } from "./hook_news.ts";
import type { TranscriptPlace } from "./transcript_place.ts";
import type { TranscriptReader } from "./transcript_reader.ts";

/** An environment: what an agent is started with, or what is known of the user's own. */
export type Env = Readonly<Record<string, string | undefined>>;

export interface StartOptions {
  /** A free loopback port, for an agent whose approvals are answered over HTTP. */
  readonly port?: number;
}

/** What the agent's own files and variables say; no secret is looked at further than "is there". */
export interface LoginState {
  readonly state: "signed-in" | "signed-out" | "unknown";
  /** How, in a word or two, such as `API key`. */
  readonly how?: string;
}

/** What a running agent writes about itself. */
export interface ProcessNews {
  readonly conversation: string;
  readonly cwd: string;
  readonly status: "busy" | "idle" | "waiting" | "unknown";
  /** tmux's id of its pane, such as `%3`. */
  readonly pane?: string;
}

/** What a pane's title says of the agent in it, by what the title looks like. */
export type TitleStates = { readonly [S in TitleState]?: RegExp };
export type TitleState = "waiting" | "busy" | "idle";

/** Where hooks are registered: in a JSON file with lists of them by event. */
export interface HookRegistration {
  /** The agent's settings. */
  path(env: Env): string;
  /** None of them is about the model itself: those would hold up every answer. */
  readonly events: readonly string[];
  /** How long the agent waits for a hook, in the unit it counts in. */
  readonly timeout: number;
}

/**
 * Everything that Chatcode knows of one coding agent. To add an agent: a file like `claude.ts`, its
 * fixtures in `testdata/`, and a line in `agents.ts`.
 */
export interface Agent {
  /** As the wire names it: small letters, digits and dashes. */
  readonly id: AgentId;
  /** As its maker writes it. */
  readonly name: string;
  /** Looked for on the PATH, and how its processes are known. */
  readonly binary: string;
  /** Its package on npm, if the installer brings it and the maintenance keeps it new. */
  readonly npm?: string;
  /** Arguments that make the binary print its version and leave. */
  readonly versionArgs: readonly string[];
  versionOf(stdout: string): string | undefined;

  /** The binary and its arguments for a new conversation in the current folder. */
  startArgv(options?: StartOptions): string[];
  /** The binary and its arguments to go on with `conversation`. */
  resumeArgv(conversation: string, options?: StartOptions): string[];
  /** A word of its command line that names the conversation to go on with. */
  readonly conversationId: RegExp;
  /** How people sign in; what it asks, it asks in its terminal. */
  readonly signInCommand: readonly string[];
  /** Without these it cannot be followed, or hides its history; `undefined` unsets. */
  readonly env: Env;
  /** Its own server, if it has one; it is then started on a free port. */
  readonly server?: AgentServerAccess;

  /** On the screen when a prompt may be typed. */
  readonly ready: RegExp;
  /** Keys that stop what it does, as tmux names them. */
  readonly interruptKeys: readonly string[];
  /** What a prompt does while it works: it waits in the agent's queue, or is taken up at once. */
  readonly whileBusy: "queues" | "steers";
  /** The commands that may be sent as a prompt; every other text that begins with `/` may not. */
  readonly slashCommands: readonly string[];

  transcripts(env: Env): TranscriptPlace;
  /** A reader for `conversation`; without one, for the first that the transcript names. */
  newReader(conversation?: string): TranscriptReader;
  /** What a hook's payload says; `undefined` when that is nothing to us. Never throws. */
  readHook(payload: unknown): HookNews | undefined;
  /** Whether a hook's name of a tool may be the transcript's `told`. Default: all may. */
  isSameTool?(asked: string, told: string): boolean;
  /** How hooks are installed, for an agent that has them. */
  readonly hooks?: HookRegistration;
  /** What it puts into its pane's title for whoever watches; none of it is on the screen. */
  readonly titles?: TitleStates;
  /** The approval that the agent asks for on its screen (plain text), if it does. */
  readApproval(screen: string): ScreenApproval | undefined;

  /** The file in which its process `pid` tells of itself, if it writes one. */
  readonly processFile?: {
    path(pid: number, env: Env): string;
    read(record: unknown): ProcessNews | undefined;
  };

  loginState(env: Env): Promise<LoginState>;
}

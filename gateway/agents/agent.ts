import type { AgentId } from "@chatcode/protocol";
import type { ScreenApproval } from "./approval.ts";
import type { HookNews } from "./hook_news.ts";
import type { TranscriptReader } from "./transcript_reader.ts";

/** An environment: what an agent is started with, or what is known of the user's own. */
export type Env = Readonly<Record<string, string | undefined>>;

export interface StartOptions {
  /** As the agent names it. Default: the agent's own choice. */
  readonly model?: string;
  /** More arguments, put where the agent reads them as options. */
  readonly extra?: readonly string[];
  /** A free loopback port, for an agent whose approvals are answered over HTTP. */
  readonly port?: number;
}

/** Where an agent keeps what was said. */
export type TranscriptPlace =
  | {
    readonly kind: "files";
    /** The folder that holds them all; it may not exist yet. */
    readonly root: string;
    /** How many folders below `root` a transcript lies at most. */
    readonly depth: number;
    /**
     * Whether the file at `path`, relative to `root`, may be the transcript of `conversation`;
     * without one, whether it may be a transcript at all.
     */
    matches(path: string, conversation?: string): boolean;
  }
  | { readonly kind: "database"; readonly path: string };

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

/** A change to one of the user's files, to be made only with consent. */
export interface FileEdit {
  readonly path: string;
  /** The file's new text. @throws SyntaxError if `before` cannot be understood */
  apply(before: string | undefined): string;
}

/**
 * Everything that Chatcode knows of one coding agent. To add an agent: a file like `claude.ts`, its
 * fixtures in `testdata/`, and a line in `agents.ts`.
 */
export interface Agent {
  readonly id: AgentId;
  /** As its maker writes it. */
  readonly name: string;
  /** Looked for on the PATH. */
  readonly binary: string;
  /** Arguments that make the binary print its version and leave. */
  readonly versionArgs: readonly string[];
  versionOf(stdout: string): string | undefined;

  /** The binary and its arguments for a new conversation in the current folder. */
  startArgv(options?: StartOptions): string[];
  /** The binary and its arguments to go on with `conversation`. */
  resumeArgv(conversation: string, options?: StartOptions): string[];
  /** Without these it cannot be followed, or hides its history; `undefined` unsets. */
  readonly env: Env;
  /** Holds the password of the agent's HTTP server, which any local process reaches without. */
  readonly serverPasswordVariable?: string;

  /** On the screen when a prompt may be typed. */
  readonly readyText: string;
  /** Begins a new conversation in the same pane. */
  readonly newCommand: string;
  /** Ends the agent. */
  readonly quitCommand: string;
  /** The commands that may be sent as a prompt; every other text that begins with `/` may not. */
  readonly slashCommands: readonly string[];

  transcripts(env: Env): TranscriptPlace;
  /** A reader for `conversation`; without one, for the first that the transcript names. */
  newReader(conversation?: string): TranscriptReader;
  /** What a hook's payload says; `undefined` when that is nothing to us. Never throws. */
  readHook(payload: unknown): HookNews | undefined;
  /** The approval that the agent asks for on its screen (plain text), if it does. */
  readApproval(screen: string): ScreenApproval | undefined;

  /** The file in which its process `pid` tells of itself, if it writes one. */
  readonly processFile?: {
    path(pid: number, env: Env): string;
    read(record: unknown): ProcessNews | undefined;
  };

  loginState(env: Env): Promise<LoginState>;
  /** Makes the agent trust `folder` (absolute), so that it asks nothing at its start. */
  trustFolder(folder: string, env: Env): FileEdit | undefined;
}

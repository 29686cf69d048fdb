import type { AgentId } from "@chatcode/protocol";

/** Where an agent under test keeps its files, and whom it asks. */
export interface AgentPlace {
  /** Its HOME; nothing else in it. */
  readonly home: string;
  /** The folder that it works in, and trusts. */
  readonly workspace: string;
  /** The fake model's URL, without a slash at its end. */
  readonly modelUrl: string;
}

/** How one agent is set up and driven by hand, as a person at the keyboard would. */
export interface AgentCli {
  readonly agent: AgentId;
  /** What starts it. */
  readonly command: readonly string[];
  /** Its own variables, beside HOME and the like. */
  env(place: AgentPlace): Record<string, string>;
  /** Writes the files that answer every question of a first start. */
  prepare(place: AgentPlace): Promise<void>;
  /** Registers `command` for its hooks; `undefined` when it has no hooks. */
  readonly registerHook: ((place: AgentPlace, command: string) => Promise<void>) | undefined;

  /** On the screen once it takes a prompt. */
  readonly ready: RegExp;
  /** What it asks at a start that no file can answer, and the keys that say yes. */
  readonly startQuestions: readonly { readonly seen: RegExp; readonly keys: readonly string[] }[];
  /** On the screen while it asks whether a command may run. */
  readonly asking: RegExp;
  /** While it works: fits `TITLE\nSCREEN`. */
  readonly working: RegExp;
  /** tmux's names of the keys that answer, each list in order. */
  readonly keys: {
    readonly allow: readonly string[];
    readonly deny: readonly string[];
    /** Pressed again and again until it no longer works. */
    readonly interrupt: readonly string[];
  };
  /** Starts a new conversation in the same pane. */
  readonly clear: string;
  readonly quit: string;

  /** The files that hold its conversations, oldest first. */
  transcripts(place: AgentPlace): Promise<string[]>;
  /** One conversation record a line, each as JSON. */
  readTranscript(path: string): Promise<string>;
}

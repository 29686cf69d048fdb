import type { SessionStatus } from "@chatcode/protocol";
import type { ProcessNews, TitleState, TitleStates } from "../agents/agent.ts";
import { readTitle } from "./pane_title.ts";

export type Activity = "working" | "idle";

/** From one state to another, of what says it. */
export interface Change<T> {
  readonly before: T | undefined;
  readonly now: T | undefined;
}

const RECENT_MS = 15_000;

/** What transcript and hooks, the process's own note and the pane's title say of an agent's state. */
export class AgentState {
  readonly #titles: TitleStates | undefined;
  readonly #onChange: () => void;
  #activity: Activity | undefined;
  #note: ProcessNews | undefined;
  #title: TitleState | undefined;
  #titleText = "";
  #titleReadMs = 0;
  #isReady = false;
  #changedAtMs = Date.now();

  constructor(titles: TitleStates | undefined, onChange: () => void) {
    this.#titles = titles;
    this.#onChange = onChange;
  }

  /** The nearest to the process counts most. SPEC [SE2]. */
  get status(): SessionStatus {
    if (this.isWaiting) return "waiting";
    if (this.#note?.status === "busy") return "working";
    if (this.#note?.status === "idle") return "idle";
    if (this.#title === "busy") return "working";
    return this.#activity ?? (this.#isReady ? "idle" : "starting");
  }

  /** Whether the agent itself says that it waits for its user. */
  get isWaiting(): boolean {
    return this.#note?.status === "waiting" || this.#title === "waiting";
  }

  /** By transcript and hooks. */
  get activity(): Activity | undefined {
    return this.#activity;
  }

  get title(): TitleState | undefined {
    return this.#title;
  }

  /** When the title was read last, by the clock of `performance`. */
  get titleReadMs(): number {
    return this.#titleReadMs;
  }

  /** Whether something happened a moment ago. */
  get isRecent(): boolean {
    return Date.now() - this.#changedAtMs < RECENT_MS;
  }

  setActivity(activity: Activity): void {
    if (this.#activity === activity) return;
    this.#activity = activity;
    this.changed();
  }

  /** It showed that it can be spoken to. */
  setReady(): void {
    if (this.#isReady) return;
    this.#isReady = true;
    this.changed();
  }

  /** What the process wrote down of itself. @returns `undefined` if that says nothing new */
  setNote(note: ProcessNews | undefined): Change<ProcessNews["status"]> | undefined {
    const before = this.#note?.status;
    this.#note = note;
    return before === note?.status ? undefined : { before, now: note?.status };
  }

  /** Of a process that looks at its note now and then only: it works already. */
  outdateNote(): void {
    if (this.#note?.status === "idle") this.#note = { ...this.#note, status: "busy" };
  }

  /** The pane's title. @returns `undefined` if that says nothing new */
  setTitle(text: string): Change<TitleState> | undefined {
    this.#titleReadMs = performance.now();
    if (text === this.#titleText) return undefined;
    this.#titleText = text;
    const before = this.#title;
    const now = this.#title = readTitle(this.#titles, text);
    return before === now ? undefined : { before, now };
  }

  /** As an earlier gateway knew it. */
  restore(activity: Activity | undefined): void {
    this.#activity = activity;
  }

  changed(): void {
    this.#changedAtMs = Date.now();
    this.#onChange();
  }
}

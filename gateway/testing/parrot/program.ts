/**
 * The program of the made-up agent: a coding agent without a model. It takes bracketed pastes,
 * writes a transcript, asks before it runs something, calls hooks, and does what the prompt says:
 *
 * `[[tool:CMD]]` uses a tool, `[[ask:CMD]]` asks first, `[[wait:NAME]]` works until the file
 * `go-NAME` is there, `[[error:TEXT]]`, `[[leave]]` ends it after the answer, `[[junk]]` writes what nobody knows, `[[lost]]` writes the
 * prompt nowhere, `[[crash]]`. It pretends to run commands; it runs nothing but hooks.
 */
import { Keyboard, type Typed } from "./keyboard.ts";

const HOME = `${Deno.env.get("HOME")}/.parrot`;
/** Of "title" and "note": what it tells of its state beyond its transcript. */
const TELLS = (Deno.env.get("PARROT_TELLS") ?? "").split(",");
/** What it asks at its start, before it takes prompts. */
const START_QUESTION = Deno.env.get("PARROT_START_QUESTION");
const LOOK_MS = 10;

type State = "idle" | "busy" | "waiting";

class Parrot {
  readonly #queue: string[] = [];
  #conversation = "";
  #transcript = "";
  #box = "";
  #state: State = "idle";
  #question: { command: string; answer: (key: string) => void } | undefined;
  #interrupted = false;
  #allowed = false;
  #starting = START_QUESTION !== undefined;

  open(resumed: string | undefined): void {
    const folder = `${HOME}/talks/${Deno.cwd().replaceAll("/", "-")}`;
    Deno.mkdirSync(folder, { recursive: true });
    this.#conversation = resumed ?? crypto.randomUUID();
    this.#transcript = `${folder}/${this.#conversation}.jsonl`;
    if (resumed === undefined) {
      this.#write({ type: "session", id: this.#conversation, cwd: Deno.cwd() });
    }
    this.#hook("SessionStart", { source: resumed === undefined ? "startup" : "resume" });
    this.#become("idle");
  }

  take(typed: Typed): void {
    this.#log("typed", typed);
    if (this.#starting) {
      this.#starting = !("key" in typed && typed.key === "y");
    } else if (this.#question !== undefined) {
      if ("key" in typed) this.#question.answer(typed.key);
    } else if ("paste" in typed) {
      this.#box += typed.paste;
    } else if (typed.key === "\r") {
      this.#submit();
    } else if (typed.key === "\x1b") {
      this.#interrupted = this.#state === "busy";
    } else this.#box += typed.key;
    this.#draw();
  }

  #submit(): void {
    const text = this.#box.trimEnd();
    this.#box = "";
    if (text === "") return;
    // What an agent would do at once, without asking anybody: tests look that it never comes to it.
    if (/^[!/]/.test(text)) this.#log("commands", text);
    if (text === "/exit") this.leave(0);
    if (text === "/clear" && this.#state === "idle") return this.open(undefined);
    if (/^[!/]/.test(text)) return;
    this.#queue.push(text);
    if (this.#state === "idle") void this.#work();
  }

  async #work(): Promise<void> {
    for (let text = this.#queue.shift(); text !== undefined; text = this.#queue.shift()) {
      this.#interrupted = false;
      this.#become("busy");
      if (!text.includes("[[lost]]")) this.#write({ type: "user", id: newId(), text });
      this.#hook("UserPromptSubmit", { prompt: text });
      const end = await this.#answer(text);
      this.#write(end);
      this.#hook("Stop", {});
      this.#become("idle");
    }
  }

  /** @returns the record that ends the exchange */
  async #answer(text: string): Promise<Record<string, unknown>> {
    for (const [, deed, more = ""] of text.matchAll(/\[\[(\w+):?([^\]]*)\]\]/g)) {
      switch (deed) {
        case "tool":
        case "ask":
          if (!await this.#use(more, deed === "ask")) return { type: "interrupted", id: newId() };
          break;
        case "wait":
          while (!exists(`${HOME}/go-${more}`) && !this.#interrupted) await pause();
          break;
        case "error":
          return { type: "error", id: newId(), text: more };
        case "junk":
          this.#write({ type: "of-a-later-version", id: newId() });
          Deno.writeTextFileSync(this.#transcript, "no json {\n\n[1,2]\n", { append: true });
          break;
        case "crash":
          this.leave(1);
          break;
        case "leave":
          this.#write({ type: "text", id: newId(), text: `You said: ${text}` });
          this.#write({ type: "done" });
          this.leave(0);
      }
      if (this.#interrupted) return { type: "interrupted", id: newId() };
    }
    this.#write({ type: "text", id: newId(), text: `You said: ${text}` });
    return { type: "done" };
  }

  /** @returns whether it goes on afterwards */
  async #use(command: string, asks: boolean): Promise<boolean> {
    const tool = { type: "tool", id: newId(), name: "Shell", command };
    this.#write({ ...tool, state: "running" });
    const isAllowed = !asks || this.#allowed || await this.#ask(command);
    this.#write({ ...tool, state: isAllowed ? "ok" : "failed" });
    this.#hook("PostToolUse", { tool_name: "Shell", tool_input: { command } });
    return isAllowed;
  }

  async #ask(command: string): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<string>();
    const answer = (key: string) => {
      if (["1", "2", "3", "\x1b"].includes(key)) resolve(key);
    };
    this.#question = { command, answer };
    this.#hook("PermissionRequest", { tool_name: "Shell", tool_input: { command } });
    this.#become("waiting");
    const key = await promise;
    this.#question = undefined;
    this.#allowed ||= key === "2";
    this.#become("busy");
    return key === "1" || key === "2";
  }

  #become(state: State): void {
    this.#state = state;
    if (TELLS.includes("note")) {
      Deno.mkdirSync(`${HOME}/live`, { recursive: true });
      const note = { conversation: this.#conversation, cwd: Deno.cwd(), status: state };
      Deno.writeTextFileSync(`${HOME}/live/${Deno.pid}.json`, JSON.stringify(note));
    }
    this.#draw();
  }

  #draw(): void {
    const words = { idle: "rests", busy: "works", waiting: "asks" }[this.#state];
    const title = TELLS.includes("title") ? `\x1b]2;parrot ${words}\x07` : "";
    print(`${title}\x1b[2J\x1b[H${this.#lines().join("\r\n")}`);
  }

  #lines(): string[] {
    if (this.#starting) return [`${START_QUESTION} (y)`];
    if (this.#question !== undefined) {
      const { command } = this.#question;
      return [command, `May I run it?`, "1. Yes", "2. Yes, for this session", "3. No"];
    }
    const long = this.#box.length > 600 || this.#box.split("\n").length > 8;
    const box = long ? `[Pasted ${this.#box.length} characters]` : this.#box;
    return [`Parrot ${this.#state}`, "", `parrot❯ ${box.replaceAll("\n", "\r\n")}`];
  }

  #write(record: Record<string, unknown>): void {
    const line = JSON.stringify({ ...record, at: Date.now() });
    Deno.writeTextFileSync(this.#transcript, `${line}\n`, { append: true });
  }

  #log(name: string, what: unknown): void {
    Deno.writeTextFileSync(`${HOME}/${name}.jsonl`, `${JSON.stringify(what)}\n`, { append: true });
  }

  #hook(event: string, more: Record<string, unknown>): void {
    const payload = JSON.stringify({
      ...{ hook_event_name: event, session_id: this.#conversation, cwd: Deno.cwd() },
      transcript_path: this.#transcript,
      ...more,
    });
    for (const command of hooksFor(event)) {
      // Like the agents, it waits for its hooks.
      const file = `${HOME}/payload-${Deno.pid}`;
      Deno.writeTextFileSync(file, payload);
      new Deno.Command("sh", { args: ["-c", `{ ${command}; } <'${file}'`] }).outputSync();
    }
  }

  leave(code: number): never {
    print("\x1b[?2004l");
    Deno.exit(code);
  }
}

function hooksFor(event: string): string[] {
  try {
    const settings = JSON.parse(Deno.readTextFileSync(`${HOME}/settings.json`));
    return settings.hooks[event].flatMap(({ hooks }: { hooks: { command: string }[] }) =>
      hooks.map(({ command }) => command)
    );
  } catch {
    return []; // none are installed
  }
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function newId(): string {
  return crypto.randomUUID();
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}

function print(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

if (import.meta.main) {
  if (Deno.args[0] === "--version") {
    print("parrot 1.2.3\n");
    Deno.exit(0);
  }
  const resumed = Deno.args[0] === "--resume" ? Deno.args[1] : undefined;
  Deno.stdin.setRaw(true);
  print("\x1b[?2004h");
  const parrot = new Parrot();
  parrot.open(resumed);
  const keyboard = new Keyboard();
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    for (const typed of keyboard.push(text)) parrot.take(typed);
  }
}

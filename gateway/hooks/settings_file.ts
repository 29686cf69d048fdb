import type { Agent, Env, HookRegistration } from "../agents/agent.ts";
import { loose } from "../agents/loose.ts";
import { appendIn, parseJsonObject, removeAt } from "./json_text.ts";
import { lineDiff } from "./line_diff.ts";

export type HooksState = "installed" | "absent" | "partial" | "unsupported";

/** Whatever stands before it: an entry with this is ours. */
const OURS = "/chatcode/hooks/hook.sh";

/** Our entries in one agent's settings. Nothing else in them is ever touched. SPEC [HK1]. */
export class HookSettings {
  readonly #agent: Agent;
  readonly #registration: HookRegistration;
  readonly #env: Env;
  readonly #folder: string;

  private constructor(
    agent: Agent,
    registration: HookRegistration,
    at: { env: Env; folder: string },
  ) {
    this.#agent = agent;
    this.#registration = registration;
    this.#env = at.env;
    this.#folder = at.folder;
  }

  /** @param at `folder` holds `hook.sh`, see `hooksFolder()`; `undefined` for an agent without hooks */
  static of(agent: Agent, at: { env: Env; folder: string }): HookSettings | undefined {
    return agent.hooks && new HookSettings(agent, agent.hooks, at);
  }

  get path(): string {
    return this.#registration.path(this.#env);
  }

  state(): HooksState {
    try {
      const before = this.#read();
      if (before === undefined || !before.includes(OURS)) return "absent";
      return this.#isWhole(before) ? "installed" : "partial";
    } catch {
      return "absent"; // not to be understood: nothing of ours runs
    }
  }

  /** What would change. @throws SyntaxError if the settings cannot be understood */
  preview(action: "install" | "remove"): { file: string; diff: string } {
    const before = this.#read() ?? "";
    return { file: this.path, diff: lineDiff(this.path, before, this.#changed(before, action)) };
  }

  /** Writes it, with a copy of what was there. @throws SyntaxError, or what the file system says */
  change(action: "install" | "remove"): void {
    const before = this.#read();
    const after = this.#changed(before ?? "", action);
    if (after === (before ?? "")) return;
    const path = real(this.path);
    const folder = path.slice(0, path.lastIndexOf("/"));
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
    const mode = before === undefined ? 0o600 : (Deno.statSync(path).mode ?? 0o600) & 0o777;
    if (before !== undefined) Deno.writeTextFileSync(`${path}.before-chatcode`, before, { mode });
    const draft = `${path}.${crypto.randomUUID()}`;
    Deno.writeTextFileSync(draft, after, { mode });
    Deno.renameSync(draft, path);
  }

  #changed(before: string, action: "install" | "remove"): string {
    let text = before.trim() === "" ? "{}\n" : before;
    if (action === "install" && this.#isWhole(text)) return before;
    text = withoutOurs(text);
    if (action === "remove") return before.trim() === "" ? before : text;
    for (const event of this.#registration.events) {
      text = appendIn(text, ["hooks", event], this.#entry());
    }
    return text;
  }

  #entry(): unknown {
    const script = `${this.#folder}/hook.sh`.replaceAll("'", `'\\''`);
    // Where the script is gone, for example after an uninstall, the agent must not notice.
    const command = `[ ! -f '${script}' ] || sh '${script}' ${this.#agent.id}`;
    return { hooks: [{ type: "command", command, timeout: this.#registration.timeout }] };
  }

  #isWhole(text: string): boolean {
    const hooks = loose(loose(parseJsonObject(text).value).hooks);
    const entry = JSON.stringify(this.#entry());
    const mine = Object.entries(hooks).flatMap(([event, entries]) =>
      (Array.isArray(entries) ? entries : []).filter(isOurs).map((each) => [event, each] as const)
    );
    return mine.length === this.#registration.events.length &&
      this.#registration.events.every((event) =>
        mine.some(([name, each]) => name === event && JSON.stringify(each) === entry)
      );
  }

  #read(): string | undefined {
    try {
      return Deno.readTextFileSync(this.path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }
}

/** Settings are often a link into a folder of dot files: that file is changed, not the link. */
function real(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    return path;
  }
}

function isOurs(entry: unknown): boolean {
  return JSON.stringify(entry).includes(OURS);
}

/** Takes out our entries, one at a time, and the lists that hold nothing else. */
function withoutOurs(before: string): string {
  let text = before;
  for (;;) {
    const root = parseJsonObject(text);
    const hooksAt = root.members?.findIndex(({ key }) => key === "hooks") ?? -1;
    const hooks = root.members?.[hooksAt]?.node;
    const eventAt = hooks?.members?.findIndex(({ node }) =>
      node.items?.some(({ value }) => isOurs(value))
    ) ?? -1;
    const list = hooks?.members?.[eventAt]?.node;
    if (hooks === undefined || list?.items === undefined) return text;
    if (list.items.length > 1) {
      text = removeAt(text, list, list.items.findIndex(({ value }) => isOurs(value)));
    } else if ((hooks.members?.length ?? 0) > 1) text = removeAt(text, hooks, eventAt);
    else text = removeAt(text, root, hooksAt);
  }
}

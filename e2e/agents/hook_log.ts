/** One call of a hook, as the agent made it. */
export interface HookCall {
  /** The pane that the agent says it runs in: the hook's own `$TMUX_PANE`. */
  readonly pane: string;
  readonly payload: { readonly hook_event_name: string; readonly [field: string]: unknown };
}

/** A hook command that only writes down what it was called with. */
export class HookLog {
  private constructor(readonly folder: string) {}

  /** Makes the folder. */
  static async open(folder: string): Promise<HookLog> {
    await Deno.mkdir(folder, { recursive: true });
    const script = `#!/bin/sh
draft=$(mktemp '${folder}/.call-XXXXXX') || exit 0
{ printf '%s\\n' "$TMUX_PANE"; cat; } > "$draft"
mv "$draft" "${folder}/$(date +%s%N)-$$.call"
exit 0
`;
    await Deno.writeTextFile(`${folder}/hook.sh`, script, { mode: 0o700 });
    return new HookLog(folder);
  }

  /** What is registered with an agent. */
  get command(): string {
    return `${this.folder}/hook.sh`;
  }

  /** All calls so far, oldest first. */
  async calls(): Promise<HookCall[]> {
    const names: string[] = [];
    for await (const { name } of Deno.readDir(this.folder)) {
      if (/^\d.*\.call$/.test(name)) names.push(name);
    }
    return await Promise.all(
      names.sort().map(async (name) => {
        const text = await Deno.readTextFile(`${this.folder}/${name}`);
        const [pane = "", ...payload] = text.split("\n");
        return { pane, payload: JSON.parse(payload.join("\n")) };
      }),
    );
  }
}

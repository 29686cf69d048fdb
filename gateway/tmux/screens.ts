import type { TmuxControl } from "./control.ts";
import { quote } from "./quote.ts";

/** What panes show, by the connection that stays. */
export class Screens {
  readonly #control: Pick<TmuxControl, "run">;

  constructor(control: Pick<TmuxControl, "run">) {
    this.#control = control;
  }

  /** The visible screen as plain text, a line each. @throws {TmuxError} */
  async text(pane: string): Promise<string> {
    const [lines = []] = await this.#control.run(`capture-pane -p -t ${quote(pane)}`);
    return lines.join("\n");
  }

  /** The titles of all panes, by pane. @throws {TmuxError} */
  async titles(): Promise<Map<string, string>> {
    const [lines = []] = await this.#control.run(
      `list-panes -a -F ${quote("#{pane_id} #{pane_title}")}`,
    );
    return new Map(lines.map((line) => {
      const at = line.indexOf(" ");
      return [line.slice(0, at), line.slice(at + 1)];
    }));
  }
}

export const DEEDS = [
  "start",
  "text",
  "allowed",
  "denied",
  "interrupt",
  "error",
  "clear",
  "killed",
  "diff",
  "resumed",
  "ended",
] as const;
export type Deed = typeof DEEDS[number];

type Cell =
  | { readonly state: "ok"; readonly ms: number }
  | { readonly state: "FAILED"; readonly ms: number; readonly error: string };

const WIDTH = 15;

/** What each agent did, and how long that took. A deed that fails does not keep others from running. */
export class Matrix {
  readonly #agents: readonly string[];
  readonly #deeds: readonly Deed[];
  readonly #cells = new Map<string, Cell>();

  constructor(agents: readonly string[], deeds: readonly Deed[] = DEEDS) {
    this.#agents = agents;
    this.#deeds = deeds;
  }

  /** @returns whether it was done */
  async run(agent: string, deed: Deed, act: () => Promise<void>): Promise<boolean> {
    const startedMs = performance.now();
    const ms = () => performance.now() - startedMs;
    try {
      await act();
      this.#cells.set(`${agent} ${deed}`, { state: "ok", ms: ms() });
      return true;
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      this.#cells.set(`${agent} ${deed}`, { state: "FAILED", ms: ms(), error: text });
      console.log(`FAILED ${agent} ${deed}: ${text}`);
      return false;
    }
  }

  /** @throws {Error} naming what failed, or never ran */
  check(agent: string): void {
    const failures = this.#deeds.flatMap((deed) => {
      const cell = this.#cells.get(`${agent} ${deed}`);
      if (cell === undefined) return [`${agent} ${deed}: it never ran`];
      return cell.state === "ok" ? [] : [`${agent} ${deed}: ${cell.error.split("\n")[0]}`];
    });
    if (failures.length > 0) throw new Error(failures.join("\n\n"));
  }

  row(agent: string): string {
    const cells = this.#deeds.map((deed) => {
      const cell = this.#cells.get(`${agent} ${deed}`);
      return cell === undefined ? "-" : `${cell.state} ${(cell.ms / 1000).toFixed(1)} s`;
    });
    return line([agent, ...cells]);
  }

  table(): string {
    return [line(["", ...this.#deeds]), ...this.#agents.map((agent) => this.row(agent))].join("\n");
  }
}

function line(cells: readonly string[]): string {
  return cells.map((cell) => cell.padEnd(WIDTH)).join("").trimEnd();
}

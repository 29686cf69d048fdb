import { EXIT_STATUS } from "../../gateway/exit_status.ts";
import { Redial } from "../../kit/mod.ts";
import { Child, type ChildEnd, type ChildOptions } from "./child.ts";

/** Ends that another try would only repeat. */
const FATAL: ReadonlySet<number> = new Set(
  Object.values(EXIT_STATUS).filter((status) =>
    status !== EXIT_STATUS.ok && status !== EXIT_STATUS.failure
  ),
);

export interface LocalGatewayOptions {
  readonly child: ChildOptions;
  readonly tell: (line: string) => void;
  readonly redial?: Redial;
}

/**
 * A gateway that is started again when it dies, unless another try would only repeat that, or the
 * relay has never accepted it.
 */
export class LocalGateway implements AsyncDisposable {
  /** Resolves when it will not be started again; never rejects. */
  readonly ended: Promise<ChildEnd>;
  readonly #options: LocalGatewayOptions;
  readonly #stopping = new AbortController();
  readonly #redial: Redial;
  #child: Child;
  #everAccepted = false;

  constructor(options: LocalGatewayOptions) {
    this.#options = options;
    this.#redial = options.redial ?? new Redial();
    this.#child = new Child(options.child);
    this.ended = this.#keepAlive();
  }

  get pid(): number {
    return this.#child.pid;
  }

  /**
   * Resolves when the relay has accepted it.
   * @throws {ChildEndedError} if it ends first
   * @throws {DeadlineError}
   */
  async accepted(deadlineMs: number): Promise<void> {
    await this.#child.event("uplink.accepted", deadlineMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#child[Symbol.asyncDispose]();
    await this.ended;
  }

  async #keepAlive(): Promise<ChildEnd> {
    const { signal } = this.#stopping;
    for (;;) {
      const child = this.#child;
      child.event("uplink.accepted").then(() => {
        this.#everAccepted = true;
        this.#redial.accepted();
      }, () => {});
      const end = await child.ended;
      if (signal.aborted || !this.#everAccepted || FATAL.has(end.status)) return end;
      this.#options.tell(`The gateway ended with status ${end.status}: ${end.why}`);
      try {
        await this.#redial.wait(signal);
      } catch {
        return end;
      }
      this.#options.tell("Starting the gateway again");
      this.#child = new Child(this.#options.child);
    }
  }
}

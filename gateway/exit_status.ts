/** How the process ends, for whatever started it. One table; docs/configuration.md lists it too. */
export const EXIT_STATUS = {
  ok: 0,
  failure: 1,
  /** Wrong command line, or a setting that is missing or not valid. */
  usage: 2,
  /** tmux is missing or too old. */
  tmux: 3,
  /** The relay does not take this gateway's token. */
  refused: 4,
  /** A helper found no running gateway. */
  notRunning: 5,
  /** Another gateway runs on this host. */
  alreadyRunning: 6,
  /** No protocol version in common with the relay. */
  protocol: 7,
  /** Another gateway connected under the same id. */
  replaced: 8,
  /** An update did not work; the previous version is back. */
  rolledBack: 9,
  /** A release is not what was signed. */
  unverified: 10,
} as const;

export type ExitName = keyof typeof EXIT_STATUS;

/** A failure that ends the process. `message` is for the person who started it. */
export class ExitError extends Error {
  override readonly name = "ExitError";

  constructor(readonly exit: Exclude<ExitName, "ok">, message: string, options?: ErrorOptions) {
    super(message, options);
  }

  get status(): number {
    return EXIT_STATUS[this.exit];
  }
}

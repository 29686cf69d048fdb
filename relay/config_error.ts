/** The command line or the environment is wrong. One line, fit for a person's eyes. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";

  /** @param what the flag or variable and what it must be */
  constructor(what: string, options?: ErrorOptions) {
    super(`Cannot start: ${what}`, options);
  }
}

/** One terminal as its user has it: bytes in, bytes out. */
export interface BenchSession extends AsyncDisposable {
  write(bytes: Uint8Array): void;
  /** Called with each piece of output; the last one set is called. */
  onOutput: (bytes: Uint8Array) => void;
}

export interface SessionOptions {
  /** argv of what runs in the terminal. */
  readonly command: readonly string[];
}

/** The processes under test by what they are, such as `relay`. */
export type Processes = Readonly<Record<string, readonly number[]>>;

/**
 * Something that serves terminals: ours, or another put beside it. To add one, see README.md.
 * Disposing it ends all that it started.
 */
export interface BenchDriver extends AsyncDisposable {
  readonly name: string;
  /** Opens a terminal with a viewer that reads all it gets. Resolves when input would arrive. */
  openSession(options: SessionOptions): Promise<BenchSession>;
  /** What counts as memory of the server. */
  serverProcesses(): Processes;
  /** What counts as CPU time of moving bytes; more than the server where others work for it. */
  workProcesses(): Promise<Processes>;
  /**
   * From spawning the last part until it serves, in milliseconds, over and over on each call; absent
   * if nothing has to connect.
   */
  acceptedMs?(): Promise<number>;
}

/** Starts the driver's processes. @throws {DriverMissing} if what it needs is not installed */
export type StartDriver = () => Promise<BenchDriver>;

export class DriverMissing extends Error {
  override readonly name = "DriverMissing";
}

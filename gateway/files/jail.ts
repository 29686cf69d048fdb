import { normalize } from "node:path/posix";
import { ProtocolError } from "@chatcode/protocol";
import { type OpenedPath, openPath } from "./open_path.ts";

export interface JailOptions {
  /** Real paths. */
  readonly workspace: string;
  readonly home: string | undefined;
  /** The gateway's own state, which nobody reads. */
  readonly stateDir: string;
}

/** A file or folder that may be read, held open. */
export interface Found extends OpenedPath {
  readonly stat: Deno.FileInfo;
}

/**
 * Which files of this machine may be read and where new ones may go. It is decided on what was
 * opened, not on a path that somebody may change in between. SPEC [FI1] [FI6].
 *
 * A hard link is a file like any other: whoever can make one in the workspace can copy the file there.
 */
export class Jail {
  readonly workspace: string;
  readonly #home: string | undefined;
  readonly #stateDir: string | undefined;

  constructor({ workspace, home, stateDir }: JailOptions) {
    this.workspace = workspace;
    // With a home like that every folder of the machine would be somebody's.
    this.#home = home === "/" ? undefined : home;
    this.#stateDir = isWithin(workspace, stateDir) ? undefined : stateDir;
  }

  /** @param real absolute, without links */
  mayRead(real: string): boolean {
    if (this.#isState(real)) return false;
    if (isWithin(real, this.workspace)) return true;
    if (this.#home === undefined || !isWithin(real, this.#home)) return false;
    return !real.slice(this.#home.length).includes("/.");
  }

  mayWrite(real: string): boolean {
    return !this.#isState(real) && isWithin(real, this.workspace);
  }

  /**
   * What a path leads to.
   * @param base what a relative path is relative to
   * @throws ProtocolError FILE_NOT_FOUND, FILE_NOT_ALLOWED
   */
  async find(path: string, base: string = this.workspace): Promise<Found> {
    return await this.#find(path, base, (real) => this.mayRead(real));
  }

  /** A folder in the workspace. @throws ProtocolError FILE_NOT_FOUND, FILE_NOT_ALLOWED */
  async findFolder(path: string): Promise<Found> {
    const found = await this.#find(path, this.workspace, (real) => this.mayWrite(real));
    if (found.stat.isDirectory) return found;
    found[Symbol.dispose]();
    throw notFound("it is no folder");
  }

  async #find(path: string, base: string, may: (real: string) => boolean): Promise<Found> {
    if (path.includes("\0")) throw notFound();
    const wanted = this.#absolute(path, base);
    // Whether a file outside exists is nobody's business: say "not allowed" for both.
    const absent = (cause?: unknown) =>
      may(normalize(wanted)) ? notFound(undefined, cause) : notAllowed();
    const real = await Deno.realPath(wanted).catch((cause: unknown) => {
      throw absent(cause);
    });
    if (!may(real)) throw notAllowed();
    const opened = await openPath(real);
    if (opened === undefined) throw absent();
    try {
      // The path may lead elsewhere by now: what counts is where that lies which was opened.
      if (!may(opened.path)) throw notAllowed();
      const stat = await Deno.stat(opened.at);
      return { ...opened, stat };
    } catch (thrown) {
      opened[Symbol.dispose]();
      throw thrown;
    }
  }

  #absolute(path: string, base: string): string {
    if (path === "") return base;
    if (path === "~" || path.startsWith("~/")) {
      if (this.#home === undefined) throw notAllowed();
      return `${this.#home}${path.slice(1)}`;
    }
    return path.startsWith("/") ? path : `${base}/${path}`;
  }

  #isState(real: string): boolean {
    return this.#stateDir !== undefined && isWithin(real, this.#stateDir);
  }
}

/**
 * A plain file, open for reading.
 * @throws ProtocolError FILE_NOT_ALLOWED if it is none, or there is no permission
 */
export async function openToRead(found: Found): Promise<Deno.FsFile> {
  if (!found.stat.isFile) throw notAllowed("it is no plain file");
  try {
    return await Deno.open(found.at, { read: true });
  } catch (cause) {
    throw notAllowed("no permission", cause);
  }
}

export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`);
}

export function notFound(why = "it does not exist", cause?: unknown): ProtocolError {
  return new ProtocolError("FILE_NOT_FOUND", `Cannot open the file: ${why}`, { cause });
}

export function notAllowed(why?: string, cause?: unknown): ProtocolError {
  const where = "it lies neither in the workspace nor openly in the home folder";
  return new ProtocolError("FILE_NOT_ALLOWED", `Cannot open the file: ${why ?? where}`, { cause });
}

import { normalize } from "node:path/posix";
import { ProtocolError } from "@chatcode/protocol";

/** Folders in one listing. SPEC [FO1]. */
const MAX_FOLDERS = 1_000;

export interface FolderList {
  path: string;
  folders: string[];
  truncated: boolean;
}

/** The folder that sessions may start in, and nothing above it. */
export class Workspace {
  /** The real path, symlinks resolved. */
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  /**
   * Makes the folder if it is missing.
   * @throws whatever the file system says if it cannot be made or is no folder
   */
  static open(path: string): Workspace {
    Deno.mkdirSync(path, { recursive: true });
    return new Workspace(Deno.realPathSync(path));
  }

  /**
   * The real path of a folder given relative to the workspace, or absolute. It is decided on what
   * the symlinks lead to, so that no link leads outside. SPEC [SE3].
   * @throws ProtocolError FOLDER_NOT_FOUND, FOLDER_NOT_ALLOWED
   */
  async resolve(path: string): Promise<string> {
    if (path.includes("\0")) throw notFound();
    const wanted = path.startsWith("/") ? path : `${this.root}/${path}`;
    let real: string;
    try {
      real = await Deno.realPath(wanted);
    } catch (cause) {
      // Whether a folder outside exists is nobody's business: say "not allowed" for both.
      throw this.#mayContain(wanted) ? notFound(cause) : notAllowed();
    }
    if (real !== this.root && !real.startsWith(`${this.root}/`)) throw notAllowed();
    if (!(await Deno.stat(real)).isDirectory) throw notFound();
    return real;
  }

  /**
   * The real path of a file in the workspace, decided like a folder's. SPEC [PR4].
   * @throws ProtocolError FOLDER_NOT_FOUND, FOLDER_NOT_ALLOWED
   */
  async resolveFile(path: string): Promise<string> {
    const at = path.lastIndexOf("/");
    const name = path.slice(at + 1);
    if (name === "" || name === "." || name === "..") throw notFound();
    const folder = await this.resolve(at < 0 ? "" : path.slice(0, at) || "/");
    let real: string;
    try {
      real = await Deno.realPath(`${folder}/${name}`);
    } catch (cause) {
      throw new ProtocolError("FOLDER_NOT_FOUND", "Cannot use the file: it does not exist", {
        cause,
      });
    }
    if (!real.startsWith(`${this.root}/`)) throw notAllowed();
    return real;
  }

  /** The folders in a folder, sorted, hidden ones left out. SPEC [FO1]. */
  async list(path: string): Promise<FolderList> {
    const real = await this.resolve(path);
    const folders: string[] = [];
    for (const entry of await readFolder(real)) {
      if (entry.name.startsWith(".")) continue;
      if (entry.isDirectory || (entry.isSymlink && await this.#leadsInside(real, entry.name))) {
        folders.push(entry.name);
      }
    }
    folders.sort((a, b) => a < b ? -1 : 1);
    return {
      path: real.slice(this.root.length + 1),
      folders: folders.slice(0, MAX_FOLDERS),
      truncated: folders.length > MAX_FOLDERS,
    };
  }

  async #leadsInside(folder: string, name: string): Promise<boolean> {
    try {
      await this.resolve(`${folder}/${name}`);
      return true;
    } catch {
      return false;
    }
  }

  /** By its letters alone: `..` is undone, links are not followed. */
  #mayContain(path: string): boolean {
    return normalize(path).startsWith(`${this.root}/`);
  }
}

async function readFolder(real: string): Promise<Deno.DirEntry[]> {
  try {
    return await Array.fromAsync(Deno.readDir(real));
  } catch (cause) {
    throw new ProtocolError("FOLDER_NOT_ALLOWED", "Cannot list the folder: no permission", {
      cause,
    });
  }
}

function notFound(cause?: unknown): ProtocolError {
  return new ProtocolError("FOLDER_NOT_FOUND", "Cannot open the folder: it does not exist", {
    cause,
  });
}

function notAllowed(): ProtocolError {
  return new ProtocolError(
    "FOLDER_NOT_ALLOWED",
    "Cannot open the folder: it lies outside the workspace",
  );
}

/**
 * Opens what a path leads to without reading it: no device is touched, no pipe waited for. Numbers
 * are from the systems' headers (asm-generic on Linux; sys/fcntl.h on macOS, where O_NOFOLLOW_ANY
 * refuses a link anywhere in the path). The macOS half is untested: it was written from the headers.
 */
const DARWIN = Deno.build.os === "darwin";

const O_CLOEXEC = DARWIN ? 0x1000000 : 0o2000000;
const O_PATH = 0o10000000;
const DARWIN_FLAGS = 0x4 | 0x20000 | 0x20000000; // O_NONBLOCK, O_NOCTTY, O_NOFOLLOW_ANY
const FLAGS = O_CLOEXEC | (DARWIN ? DARWIN_FLAGS : O_PATH);

const FD_FOLDER = DARWIN ? "/dev/fd" : "/proc/self/fd";

function load() {
  return Deno.dlopen(DARWIN ? "libSystem.dylib" : "libc.so.6", {
    // On another thread: a network's file system may take its time.
    open: { parameters: ["buffer", "i32"], result: "i32", nonblocking: true },
    close: { parameters: ["i32"], result: "i32" },
  });
}

let loaded: ReturnType<typeof load> | undefined;

/** Loaded at the first use and kept: there is one libc in a process. */
function libc() {
  loaded ??= load();
  return loaded.symbols;
}

/** Something in the file system that stays the same whatever becomes of the path. */
export interface OpenedPath extends Disposable {
  /** A path that leads to the very thing until this is disposed; and into it, if it is a folder. */
  readonly at: string;
  /** Where it lies now by the kernel's own word, without links. */
  readonly path: string;
}

/** @returns undefined if it cannot be opened: it is gone, or there is no permission */
export async function openPath(path: string): Promise<OpenedPath | undefined> {
  const fd = await libc().open(new TextEncoder().encode(`${path}\0`), FLAGS);
  if (fd < 0) return undefined;
  const at = `${FD_FOLDER}/${fd}`;
  try {
    let open = true;
    return {
      at,
      // On macOS the path had no link in it, or it would not have been opened.
      path: DARWIN ? path : await Deno.readLink(at),
      [Symbol.dispose]() {
        if (open) libc().close(fd);
        open = false;
      },
    };
  } catch (error) {
    libc().close(fd);
    throw error;
  }
}

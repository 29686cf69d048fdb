/**
 * The few calls that make a pseudo-terminal. Numbers are from the systems' headers (asm-generic on
 * Linux for x86-64 and arm64, sys/ttycom.h and sys/fcntl.h on macOS). The macOS half is untested:
 * it was written from the headers.
 */
const DARWIN = Deno.build.os === "darwin";

const O_RDWR = 2;
const O_NOCTTY = DARWIN ? 0x20000 : 0o400;
const O_CLOEXEC = DARWIN ? 0x1000000 : 0o2000000;
const TIOCSWINSZ = DARWIN ? 0x80087467n : 0x5414n;
const F_DUPFD_CLOEXEC = DARWIN ? 67 : 1030;
const EAGAIN = DARWIN ? 35 : 11;
const EINTR = 4;

/**
 * Apple's arm64 passes variadic arguments on the stack, so the eight argument registers are filled
 * up before them; elsewhere the padding lands in the ordinary places and must not be there.
 */
const PAD = DARWIN && Deno.build.arch === "aarch64" ? 6 : 0;
const padding = <T>(value: T): T[] => new Array<T>(PAD).fill(value);

function open() {
  return Deno.dlopen(DARWIN ? "libSystem.dylib" : "libc.so.6", {
    posix_openpt: { parameters: ["i32"], result: "i32" },
    grantpt: { parameters: ["i32"], result: "i32" },
    unlockpt: { parameters: ["i32"], result: "i32" },
    ptsname_r: { parameters: ["i32", "buffer", "usize"], result: "i32" },
    ioctl: { parameters: ["i32", "u64", ...padding("u64" as const), "buffer"], result: "i32" },
    fcntl: { parameters: ["i32", "i32", ...padding("u64" as const), "i32"], result: "i32" },
    write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
    close: { parameters: ["i32"], result: "i32" },
    errno: { name: DARWIN ? "__error" : "__errno_location", parameters: [], result: "pointer" },
  });
}

let opened: ReturnType<typeof open> | undefined;

/** Loaded at the first use and kept: there is one libc in a process. */
function libc() {
  opened ??= open();
  return opened.symbols;
}

function errno(): number {
  const at = libc().errno();
  return at === null ? 0 : new Deno.UnsafePointerView(at).getInt32();
}

function must(result: number, call: string): number {
  if (result < 0) throw new Error(`Cannot open a terminal: ${call} failed with errno ${errno()}`);
  return result;
}

/** A terminal's master side, closed on exec, and the path of its other side. */
export function openMaster(): { fd: number; path: string } {
  const fd = must(libc().posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), "posix_openpt");
  try {
    must(libc().grantpt(fd), "grantpt");
    must(libc().unlockpt(fd), "unlockpt");
    const name = new Uint8Array(128);
    must(-Math.abs(libc().ptsname_r(fd, name, BigInt(name.length))), "ptsname_r");
    return { fd, path: new TextDecoder().decode(name.subarray(0, name.indexOf(0))) };
  } catch (error) {
    closeFd(fd);
    throw error;
  }
}

/** Another number for the same open file, closed on exec. */
export function duplicate(fd: number): number {
  return must(libc().fcntl(fd, F_DUPFD_CLOEXEC, ...padding(0n), 3), "fcntl");
}

export function setSize(fd: number, cols: number, rows: number): void {
  const size = new Uint16Array([rows, cols, 0, 0]);
  must(libc().ioctl(fd, TIOCSWINSZ, ...padding(0n), size), "ioctl");
}

/** Bytes taken, possibly none (the buffer is full), or `undefined` when the terminal is gone. */
export function tryWrite(fd: number, bytes: Uint8Array<ArrayBuffer>): number | undefined {
  const written = Number(libc().write(fd, bytes, BigInt(bytes.length)));
  if (written >= 0) return written;
  const error = errno();
  return error === EAGAIN || error === EINTR ? 0 : undefined;
}

export function closeFd(fd: number): void {
  libc().close(fd);
}

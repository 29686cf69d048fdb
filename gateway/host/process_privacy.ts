const PR_SET_DUMPABLE = 4;

/**
 * Makes this process's environment, memory and open files unreadable in /proc for other processes of
 * the same user, and so for agents. Programs that it starts are not affected: see prctl(2). Root
 * reads all the same. Elsewhere than on Linux it does nothing.
 * @returns whether it is so now
 */
export function hideFromOwnUser(): boolean {
  if (Deno.build.os !== "linux") return false;
  const libc = Deno.dlopen("libc.so.6", {
    prctl: { parameters: ["i32", "u64", "u64", "u64", "u64"], result: "i32" },
  });
  try {
    return libc.symbols.prctl(PR_SET_DUMPABLE, 0n, 0n, 0n, 0n) === 0;
  } finally {
    libc.close();
  }
}

/** The machine a tool runs on, as far as installing a program goes. */
export interface Machine {
  readonly os: typeof Deno.build.os;
  readonly root: boolean;
  readonly env: Readonly<Record<string, string>>;
  /** Tells a person what is being done. */
  readonly tell: (line: string) => void;
}

export interface RunResult {
  readonly ok: boolean;
  /** What it wrote to stdout and stderr, in that order. */
  readonly output: string;
}

export function thisMachine(): Machine {
  return {
    os: Deno.build.os,
    root: Deno.build.os !== "windows" && Deno.uid() === 0,
    env: Deno.env.toObject(),
    tell: (line) => console.error(line),
  };
}

/** The path of the program that `name` stands for on the machine's PATH. */
export async function findProgram(machine: Machine, name: string): Promise<string | undefined> {
  const folders = name.includes("/") ? [""] : (machine.env.PATH ?? "").split(":").map(inFolder);
  for (const folder of folders) {
    const path = `${folder}${name}`;
    try {
      const { isFile, mode } = await Deno.stat(path);
      if (isFile && ((mode ?? 0) & 0o111) !== 0) return path;
    } catch {
      // Not here, or not ours to see: look on.
    }
  }
  return undefined;
}

function inFolder(folder: string): string {
  return folder === "" || folder.endsWith("/") ? folder : `${folder}/`;
}

/** Runs a program to its end, or for `deadlineMs` (default: ten minutes). Never throws. */
export async function run(
  machine: Machine,
  [program, ...args]: readonly string[],
  deadlineMs = 600_000,
): Promise<RunResult> {
  try {
    const { success, stdout, stderr } = await new Deno.Command(program ?? "", {
      args,
      env: { ...machine.env, DEBIAN_FRONTEND: "noninteractive" },
      clearEnv: true,
      stdin: "null",
      signal: AbortSignal.timeout(deadlineMs),
    }).output();
    const text = new TextDecoder();
    return { ok: success, output: `${text.decode(stdout)}${text.decode(stderr)}`.trim() };
  } catch (error) {
    return { ok: false, output: error instanceof Error ? error.message : String(error) };
  }
}

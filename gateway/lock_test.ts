import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ExitError } from "./exit_status.ts";
import { acquireLock } from "./lock.ts";
import { readLines } from "./lines.ts";

const peaceful = { force: false, askToStop: () => Promise.resolve() };

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Another process that holds the lock. */
class Holder implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
  }

  static async start(folder: string, ...args: string[]): Promise<Holder> {
    const program = new URL("./testing/lock_holder.ts", import.meta.url).pathname;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", program, folder, ...args],
      stdout: "piped",
    }).spawn();
    const lines = readLines(child.stdout, 100);
    assertEquals((await lines.next()).value, "held");
    await lines.return(undefined);
    return new Holder(child);
  }

  get pid(): number {
    return this.#child.pid;
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  get status(): Promise<Deno.CommandStatus> {
    return this.#child.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#child.status;
  }
}

Deno.test("the lock is free again when its holder lets go or is killed", async () => {
  await withFolder(async (folder) => {
    (await acquireLock(folder, peaceful))[Symbol.dispose]();
    {
      await using holder = await Holder.start(folder);
      holder.kill("SIGKILL");
      await holder.status;
    }
    using _lock = await acquireLock(folder, peaceful);
    assertEquals(await Deno.readTextFile(`${folder}/gateway.pid`), `${Deno.pid}\n`);
  });
});

Deno.test("a held lock is refused, with the holder's pid and what to do", async () => {
  await withFolder(async (folder) => {
    await using holder = await Holder.start(folder);
    const error = await assertRejects(() => acquireLock(folder, peaceful), ExitError);
    assertEquals(error.exit, "alreadyRunning");
    assertStringIncludes(error.message, `as process ${holder.pid}`);
    assertStringIncludes(error.message, "--force");
  });
});

Deno.test("force asks first, and takes over from who stops when asked", async () => {
  await withFolder(async (folder) => {
    await using holder = await Holder.start(folder);
    const askToStop = () => Promise.resolve(holder.kill("SIGINT"));
    using _lock = await acquireLock(folder, { force: true, askToStop });
    assertEquals((await holder.status).signal, "SIGINT");
  });
});

Deno.test("force kills who neither answers nor heeds a signal", async () => {
  await withFolder(async (folder) => {
    await using holder = await Holder.start(folder, "deaf");
    const askToStop = () => Promise.reject(new Error("nobody listens"));
    using _lock = await acquireLock(folder, { force: true, askToStop, stepMs: 100 });
    assertEquals((await holder.status).signal, "SIGKILL");
  });
});

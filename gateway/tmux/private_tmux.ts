import { KEEPER } from "./conf.ts";
import { openTmux, Tmux } from "./server.ts";

/** For tests: a tmux server of one's own that is gone afterwards, with all that ran in it. */
export class PrivateTmux extends Tmux {
  #disposed = false;

  private constructor(tmux: Tmux, readonly folder: string) {
    super(tmux.version, tmux.commands, tmux.control);
  }

  static async open(
    socketName = `cc-test-${crypto.randomUUID().slice(0, 8)}`,
  ): Promise<PrivateTmux> {
    const folder = await Deno.makeTempDir({ prefix: "cc-tmux-" });
    const tmux = await openTmux({
      socketName,
      confPath: `${folder}/tmux.conf`,
      env: { ...Deno.env.toObject(), SHELL: "/bin/sh", PS1: "$ ", ENV: "" },
    });
    return new PrivateTmux(tmux, folder);
  }

  /** As a crash would; with no client there at the moment, nothing. */
  async killControlClient(): Promise<void> {
    const { stdout } = await this.commands.run(
      ["list-clients", "-t", `=${KEEPER}`, "-F", "#{client_pid}"],
    );
    // A pid of 0 would be our own process group.
    for (const [pid] of stdout.matchAll(/[1-9]\d*/g)) {
      try {
        Deno.kill(Number(pid), "SIGKILL");
      } catch {
        // It ended by itself.
      }
    }
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    await super[Symbol.asyncDispose]();
    await this.commands.run(["kill-server"]);
    await Deno.remove(this.folder, { recursive: true });
  }
}

import { PrivateTmux } from "../../tmux/private_tmux.ts";
import { TmuxSessions } from "../../tmux/sessions.ts";
import { waitFor } from "../../../kit/testing/wait_for.ts";
import type { Attachment } from "../attachment.ts";
import type { Binding, BindOptions } from "../binding.ts";
import { captureScreen } from "../history.ts";
import { Panes, type PanesOptions } from "../panes.ts";
import { Screen } from "../screen.ts";
import type { AttachOptions } from "../session_view.ts";

/** For tests: panes on a tmux server of their own, and viewers as browsers are. */
export class PrivatePanes implements AsyncDisposable {
  private constructor(
    readonly tmux: PrivateTmux,
    readonly sessions: TmuxSessions,
    readonly panes: Panes,
    readonly stack: AsyncDisposableStack,
  ) {}

  static async open(
    options: Omit<PanesOptions, "tmux" | "sessions"> = {},
  ): Promise<PrivatePanes> {
    await using stack = new AsyncDisposableStack();
    const tmux = stack.use(await PrivateTmux.open());
    const sessions = stack.use(await TmuxSessions.open(tmux));
    const panes = stack.use(new Panes({ tmux, sessions, ...options }));
    return new PrivatePanes(tmux, sessions, panes, stack.move());
  }

  /** A session in which `script` runs, by sh. */
  async start(script: string, id = "one"): Promise<void> {
    const command = ["sh", "-c", script];
    const size = { cols: 80, rows: 24 };
    await this.sessions.start({ id, title: id, command, cwd: this.tmux.folder, ...size });
  }

  async view(
    viewer: string,
    options: Partial<AttachOptions> & Partial<BindOptions> & { session?: string; screen?: Screen } =
      {},
  ): Promise<View> {
    const { session = "one", creditBytes = 128 * 1024, resume, screen = new Screen(), ...rest } =
      options;
    const size = { cols: 80, rows: 24 };
    const attachment = await this.panes.attach(session, { viewer, size, ...rest });
    const binding = attachment.bind(screen.sink, { creditBytes, resume });
    if (binding.outcome === "resync") screen.seq = -1;
    screen.start(binding);
    return new View(this.tmux, session, attachment, binding, screen);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stack[Symbol.asyncDispose]();
  }
}

export class View {
  inputSeq: number;

  constructor(
    readonly tmux: PrivateTmux,
    readonly session: string,
    readonly attachment: Attachment,
    readonly binding: Binding,
    readonly screen: Screen,
  ) {
    this.inputSeq = binding.inputSeq;
  }

  type(text: string): void {
    const bytes = new TextEncoder().encode(text);
    const { state } = this.binding.write(this.inputSeq, bytes);
    if (state !== "taken") throw new Error(`Cannot type: ${state}`);
    this.inputSeq += bytes.length;
  }

  /** Waits until text is on the screen. */
  async see(text: string): Promise<void> {
    await waitFor(async () => (await this.screen.text()).includes(text), {
      what: `"${text}" on the screen`,
    });
  }

  /** Waits until the screen is what tmux says it is. */
  async matches(): Promise<void> {
    let told = "";
    let shown = "";
    try {
      await waitFor(async () => {
        told = await captureScreen(this.tmux.commands, this.session);
        shown = await this.screen.text();
        return told === shown;
      }, { what: "the screen to match", deadlineMs: 5_000 });
    } catch (cause) {
      throw new Error(`The screen is not tmux's:\n${shown}\n--- but ---\n${told}`, { cause });
    }
  }
}

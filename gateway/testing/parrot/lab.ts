import type {
  Approval,
  EventPayload,
  MethodResult,
  Session,
  SessionId,
  Turn,
  Verdict,
} from "@chatcode/protocol";
import { waitFor } from "../../../kit/testing/wait_for.ts";
import { AGENTS } from "../../agents/agents.ts";
import { GatewayLab } from "../gateway_lab.ts";
import { GatewayProcess } from "../gateway_process.ts";
import type { MockGateway } from "../mock_gateway.ts";
import { parrot } from "./agent.ts";

export interface ParrotLabOptions {
  /** Whether its hooks are installed. Default: false. */
  readonly hooks?: boolean;
  /** On top of what the gateway has; sessions inherit it. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: as the gateway's own. */
  readonly promptTimeoutMs?: number;
}

export interface ToldTurn extends EventPayload<"turn"> {
  readonly outbox?: number | undefined;
}

const KILLABLE = new URL("./gateway_main.ts", import.meta.url).pathname;
const PROGRAM = new URL("./program.ts", import.meta.url).pathname;
/** Several processes start on a busy machine, in milliseconds. */
const DEADLINE_MS = 30_000;

/** A gateway that knows a fifth agent, the agent installed, and a relay that acknowledges turns. */
export class ParrotLab implements AsyncDisposable {
  /** Every telling of every turn, over restarts too. */
  readonly told: ToldTurn[] = [];
  readonly ends: EventPayload<"approval">[] = [];
  /** Whether turns are acknowledged as they come. */
  acknowledges = true;
  readonly #sessions = new Map<string, Session>();
  /** In the place of the lab's own gateway. */
  #killable: GatewayProcess | undefined;

  private constructor(readonly lab: GatewayLab, readonly env: Readonly<Record<string, string>>) {}

  static async open(
    { hooks = false, env = {}, ...more }: ParrotLabOptions = {},
  ): Promise<ParrotLab> {
    const lab = await GatewayLab.open({
      agents: [...AGENTS, parrot],
      env: (folder) => ({ PATH: `${folder}/bin:${Deno.env.get("PATH")}`, ...env }),
      prepare: install,
      ...more,
    });
    const parrots = new ParrotLab(lab, env);
    parrots.#listen(lab.link);
    if (hooks) await parrots.ask("agents.change-hooks", { agent: "parrot", action: "install" });
    return parrots;
  }

  get home(): string {
    return `${this.lab.home.folder}/.parrot`;
  }

  /** Like a client's request, with a key if it is to be a certain one. */
  async ask<M extends Parameters<MockGateway["request"]>[0]>(
    method: M,
    params: Record<string, unknown>,
    idempotencyKey: string = crypto.randomUUID(),
  ): Promise<MethodResult<M>> {
    const more = { idempotencyKey, principal: "anna" };
    const answer = await this.lab.link.ask(method, { host: this.lab.link.id, ...params }, more);
    return answer as MethodResult<M>;
  }

  /** Starts one in a session of its own, ready for prompts. */
  async start(more: { resume?: string; isReady?: boolean } = {}): Promise<ParrotSession> {
    const { resume, isReady = true } = more;
    const agent = { id: "parrot", ...(resume !== undefined && { resume }) };
    const { session } = await this.ask("sessions.start", { agent });
    const started = this.at(session.id);
    if (isReady) await started.sees("parrot❯");
    return started;
  }

  at(id: SessionId): ParrotSession {
    return new ParrotSession(this, id);
  }

  /** Calls the installed hook as an agent in that session's pane would. */
  async hook(session: SessionId, payload: Record<string, unknown>): Promise<void> {
    const { home } = this.lab;
    const pane = await home.tmux("display-message", "-p", "-t", `=${session}:`, "#{pane_id}");
    const { stdin, status } = new Deno.Command("sh", {
      args: [`${home.folder}/.local/share/chatcode/hooks/hook.sh`, "parrot"],
      env: { ...home.env(), TMUX: `/tmp/${home.tmuxSocket},1,1`, TMUX_PANE: pane },
      clearEnv: true,
      stdin: "piped",
      stdout: "null",
    }).spawn();
    const writer = stdin.getWriter();
    await writer.write(new TextEncoder().encode(JSON.stringify(payload)));
    await writer.close();
    await status;
  }

  session(id: string): Session | undefined {
    return this.#sessions.get(id);
  }

  /** Lets every `[[wait:NAME]]` of that name go on. */
  release(name: string): void {
    Deno.writeTextFileSync(`${this.home}/go-${name}`, "");
  }

  /** Stops the gateway, which leaves what runs alone. */
  async stop(): Promise<void> {
    await this.lab.stop();
  }

  async startAgain(): Promise<void> {
    await this.lab.start();
    this.#listen(this.lab.link);
  }

  /** A gateway that is a process of its own takes the place of the lab's. */
  async startKillable(): Promise<void> {
    await this.lab.stop();
    const { home, relay } = this.lab;
    const PATH = `${home.folder}/bin:${Deno.env.get("PATH")}`;
    const env = { PATH, ...this.env };
    this.#killable = new GatewayProcess({ relayUrl: relay.url, home, main: KILLABLE, env });
    this.lab.link = await relay.gateway();
    this.#listen(this.lab.link);
  }

  /** Ends it as a crash does, at whatever it is doing. */
  async kill(): Promise<void> {
    await this.#killable?.[Symbol.asyncDispose]();
    this.#killable = undefined;
  }

  /** What the program wrote into a file of that name, a value each. */
  logged(name: "typed" | "commands"): unknown[] {
    try {
      const text = Deno.readTextFileSync(`${this.home}/${name}.jsonl`);
      return text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
    } catch {
      return []; // nothing yet
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.lab[Symbol.asyncDispose]();
  }

  #listen(link: MockGateway): void {
    for (const session of link.hello.host?.sessions ?? []) this.#sessions.set(session.id, session);
    const take = ({ event, payload }: { event: string; payload: unknown }) => {
      if (event === "turn") this.#turnTold(link, payload as ToldTurn);
      if (event === "approval") this.ends.push(payload as EventPayload<"approval">);
      if (event === "session") {
        const news = payload as EventPayload<"session">;
        if (news.ended) this.#sessions.delete(news.id);
        else this.#sessions.set(news.session.id, news.session);
      }
    };
    link.events.forEach(take);
    link.onEvent = take;
  }

  #turnTold(link: MockGateway, told: ToldTurn): void {
    this.told.push(told);
    const { session, outbox } = told;
    if (this.acknowledges) link.send(JSON.stringify({ type: "turn-ack", session, outbox }));
  }
}

/** One session with the made-up agent in it. */
export class ParrotSession {
  constructor(readonly parrots: ParrotLab, readonly id: SessionId) {}

  get status(): string {
    return this.parrots.session(this.id)?.status ?? "gone";
  }

  get approvals(): readonly Approval[] {
    return this.parrots.session(this.id)?.approvals ?? [];
  }

  /** As a client holds them: each once, as it was told last. */
  get turns(): Turn[] {
    const held = new Map<string, Turn>();
    for (const { session, turn } of this.parrots.told) {
      if (session === this.id && (held.get(turn.id)?.rev ?? -1) < turn.rev) held.set(turn.id, turn);
    }
    return [...held.values()];
  }

  /** In short, such as `prompt hi` or `tool ok ls`. */
  get story(): string[] {
    return this.turns.map(inShort);
  }

  get conversation(): string | undefined {
    return this.parrots.told.findLast(({ session }) => session === this.id)?.conversation;
  }

  prompt(text: string, key?: string): Promise<MethodResult<"prompts.send">> {
    return this.parrots.ask("prompts.send", { session: this.id, text }, key);
  }

  answer(verdict: Verdict, approval = this.approvals[0]?.id): Promise<unknown> {
    return this.parrots.ask("approvals.answer", { session: this.id, approval, verdict });
  }

  async has(status: string): Promise<void> {
    await this.until(() => this.status === status, `status ${status}`);
  }

  async tells(line: string): Promise<void> {
    await this.until(() => this.story.includes(line), `"${line}"`);
  }

  async asks(): Promise<Approval> {
    const isOffered = () => this.approvals.find(({ verdicts }) => verdicts.length === 3);
    return await waitFor(isOffered, { what: "an approval", deadlineMs: DEADLINE_MS });
  }

  screen(): Promise<string> {
    return this.parrots.lab.home.tmux("capture-pane", "-p", "-t", `=${this.id}:`);
  }

  async sees(text: string): Promise<void> {
    const isThere = async () => (await this.screen()).includes(text);
    await waitFor(isThere, { what: `"${text}" on the screen`, deadlineMs: DEADLINE_MS });
  }

  /** As a person at the terminal: keys by tmux's names. */
  async types(...keys: string[]): Promise<void> {
    await this.parrots.lab.home.tmux("send-keys", "-t", `=${this.id}:`, ...keys);
  }

  async until(condition: () => boolean, what: string): Promise<void> {
    try {
      await waitFor(condition, { what, deadlineMs: DEADLINE_MS });
    } catch (cause) {
      const now = `${this.status}: ${this.story.join("; ")}\n${await this.screen()}`;
      throw new Error(`No ${what}; it is ${now}`, { cause });
    }
  }
}

function inShort(turn: Turn): string {
  switch (turn.kind) {
    case "tool":
      return `tool ${turn.state} ${turn.summary}`;
    case "interrupted":
    case "usage":
      return turn.kind;
    case "prompt":
    case "progress":
    case "final":
    case "error":
      return `${turn.kind} ${turn.text}`;
  }
}

/** A process is known by its name: the runtime is run under the agent's own. */
function install(folder: string): void {
  Deno.mkdirSync(`${folder}/bin`);
  Deno.mkdirSync(`${folder}/engine`);
  Deno.mkdirSync(`${folder}/.parrot`);
  Deno.symlinkSync(Deno.execPath(), `${folder}/engine/parrot`);
  const start = `exec '${folder}/engine/parrot' run -A --no-config --no-lock '${PROGRAM}' "$@"`;
  Deno.writeTextFileSync(`${folder}/bin/parrot`, `#!/bin/sh\n${start}\n`, { mode: 0o755 });
}

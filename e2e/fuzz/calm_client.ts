import { assertEquals } from "@std/assert";
import { hostId, type MethodInput } from "@chatcode/protocol";
import type { Site } from "../harness/site.ts";
import type { WireClient } from "../harness/wire_client.ts";
import { WireTerminal } from "../harness/wire_terminal.ts";

/** A client that was there before the fuzzing and must be able to go on as if nothing happened. */
export class CalmClient implements AsyncDisposable {
  #typed = 0;

  private constructor(
    readonly client: WireClient,
    readonly terminal: WireTerminal,
    readonly session: string,
    readonly panePid: number,
    readonly site: Site,
  ) {}

  static async open(site: Site): Promise<CalmClient> {
    const client = await site.client();
    const session = await startCat(client, site.host);
    const terminal = await WireTerminal.attach(client, { host: site.host, session });
    const calm = new CalmClient(client, terminal, session, await site.tmux.panePid(session), site);
    await calm.typeAndRead();
    return calm;
  }

  /** Types into its session and reads the program's answer, in the socket it always had. */
  async typeAndRead(): Promise<void> {
    const word = `calm-${++this.#typed}`;
    this.terminal.forget();
    this.terminal.write(`${word}\r`);
    // Once by the terminal's echo, once by cat.
    await this.terminal.read(word);
    assertEquals(await this.site.tmux.panePid(this.session), this.panePid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
  }
}

/** @returns the id of a new session that runs `cat` */
export async function startCat(client: WireClient, host: string): Promise<string> {
  const params: MethodInput<"sessions.start"> = { host: hostId.parse(host), command: ["cat"] };
  return (await client.request("sessions.start", params)).session.id;
}

/** What a test has Telegram answer: a result, or an error as it would be told. */
export type Answer = (params: Record<string, unknown>) => unknown;

export interface PlayedError {
  readonly error_code: number;
  readonly description: string;
}

/** So much of the Bot API as a test gives answers for; any other method is not found. */
export class PlayedBotApi implements AsyncDisposable {
  readonly token = "1234:secret-secret";
  readonly calls: { method: string; params: Record<string, unknown> }[] = [];
  readonly answers: Record<string, Answer> = {};
  /** By `file_path`. */
  readonly files = new Map<string, string>();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor() {
    const options = { port: 0, hostname: "127.0.0.1", onListen: () => {} };
    this.#server = Deno.serve(options, (req) => this.#answer(req));
    this.answers.getFile = ({ file_id }) => ({
      file_id,
      file_unique_id: "u",
      file_size: this.files.get(String(file_id))?.length,
      file_path: file_id,
    });
  }

  get root(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** The params of each call of that method. */
  asked(method: string): Record<string, unknown>[] {
    return this.calls.filter((call) => call.method === method).map(({ params }) => params);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  async #answer(req: Request): Promise<Response> {
    const { pathname } = new URL(req.url);
    const [, file] = /^\/file\/bot[^/]+\/(.+)$/.exec(pathname) ?? [];
    if (file !== undefined) return new Response(this.files.get(file));
    const method = pathname.split("/").at(-1) ?? "";
    const params = await req.json();
    this.calls.push({ method, params });
    const answer = this.answers[method];
    if (answer === undefined) return refused({ error_code: 404, description: "Not Found" });
    const result = await answer(params);
    if (isError(result)) return refused(result);
    return Response.json({ ok: true, result });
  }
}

function isError(result: unknown): result is PlayedError {
  return typeof result === "object" && result !== null && "error_code" in result;
}

function refused(error: PlayedError): Response {
  return Response.json({ ok: false, ...error }, { status: error.error_code });
}

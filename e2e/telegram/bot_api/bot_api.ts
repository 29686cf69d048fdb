import { type Clock, type Log, silentLog, sleep, systemClock } from "@chatcode/kit";
import type { UserFromGetMe } from "grammy/types";
import { seededRandom } from "../../harness/random.ts";
import { CallJudge } from "./call_judge.ts";
import { chatCalls } from "./chat_calls.ts";
import { type Fault, faultError, Faults } from "./faults.ts";
import { type Calls, messageCalls, type Params, type Upload } from "./message_calls.ts";
import type { MethodName } from "./method_names.ts";
import { People } from "./people.ts";
import { RateJudge } from "./rate_judge.ts";
import type { Call, InvalidCall } from "./seen.ts";
import { TelegramError } from "./telegram_error.ts";
import { UpdateQueue } from "./update_queue.ts";
import { World } from "./world.ts";

/** How much later than another a call may come in than it was sent, in real milliseconds. */
const SLACK_MS = 150;

export interface BotApiOptions {
  readonly token?: string;
  /** Default: private chats have topics. */
  readonly threaded?: boolean;
  readonly username?: string;
  /** Telegram's time; rates and waits are judged by it. */
  readonly clock?: Clock;
  /** How many times faster than real time `clock` goes. */
  readonly speed?: number;
  readonly port?: number;
  readonly log?: Log;
  readonly seed?: number;
}

/**
 * Telegram's Bot API as far as the relay uses it: judges every call, keeps what people see, and
 * lets them act. Set `apiRoot` as grammY's.
 */
export class BotApi implements AsyncDisposable {
  readonly token: string;
  readonly clock: Clock;
  readonly world: World;
  readonly people: People;
  readonly updates: UpdateQueue;
  readonly faults = new Faults();
  readonly rates: RateJudge;
  /** Every call, in the order of arrival; those that were lost before Telegram acted are not here. */
  readonly calls: Call[] = [];
  readonly invalid: InvalidCall[] = [];
  /** Calls that the bot got no answer to, whether Telegram acted or not. */
  readonly lost: Call[] = [];
  readonly #judge = new CallJudge();
  readonly #methods: Calls;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #stopping = new AbortController();

  constructor(options: BotApiOptions = {}) {
    this.token = options.token ?? "4242:test-token_for-the-stand-in";
    this.clock = options.clock ?? systemClock;
    this.rates = new RateJudge(this.clock, SLACK_MS * (options.speed ?? 1));
    const bot: UserFromGetMe = {
      id: Number(this.token.split(":")[0]),
      is_bot: true,
      first_name: "Chatcode",
      username: options.username ?? "chatcode_test_bot",
      can_join_groups: true,
      can_read_all_group_messages: false,
      supports_inline_queries: false,
      can_connect_to_business: false,
      has_main_web_app: false,
      has_topics_enabled: options.threaded ?? true,
      allows_users_to_create_topics: true,
    } as unknown as UserFromGetMe;
    this.world = new World(this.clock, bot);
    const random = seededRandom(options.seed ?? 1);
    this.updates = new UpdateQueue(this.clock, options.log ?? silentLog, random);
    this.people = new People(this.world, this.updates);
    this.#methods = { ...messageCalls(this.world), ...chatCalls(this.world), ...this.#own() };
    this.#server = Deno.serve({
      hostname: "127.0.0.1",
      port: options.port ?? 0,
      onListen: () => {},
    }, (request) => this.#answer(request));
  }

  get apiRoot(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.updates[Symbol.asyncDispose]();
    await this.#server.shutdown();
  }

  #own(): Calls {
    return {
      getUpdates: ({ offset, limit, timeout, allowed_updates }) => {
        this.updates.allow(allowed_updates as string[] | undefined);
        return this.updates.poll(Number(offset ?? 0), Number(limit ?? 100), Number(timeout ?? 0));
      },
      setWebhook: (params) => {
        const url = String(params.url);
        if (url !== "" && !/^https:\/\/|^http:\/\/(127\.0\.0\.1|localhost)[:/]/.test(url)) {
          throw TelegramError.badRequest("bad webhook: An HTTPS URL must be provided for webhook");
        }
        const secret = params.secret_token;
        this.updates.allow(params.allowed_updates as string[] | undefined);
        this.updates.setWebhook(
          url === ""
            ? undefined
            : { url, secret: secret === undefined ? undefined : String(secret) },
          params.drop_pending_updates === true,
        );
        return true;
      },
      deleteWebhook: (params) => {
        this.updates.setWebhook(undefined, params.drop_pending_updates === true);
        return true;
      },
      getWebhookInfo: () => this.updates.info(),
    };
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const file = /^\/file\/bot([^/]+)\/files\/([^/]+)\//.exec(pathname);
    if (file) return this.#file(file[1]!, file[2]!);
    const [, token, method] = /^\/bot([^/]+)\/(\w+)$/.exec(pathname) ?? [];
    if (token !== this.token) return failed(new TelegramError(401, "Unauthorized"));
    try {
      return await this.#call(method ?? "", request);
    } catch (error) {
      if (error instanceof TelegramError) return failed(error);
      throw error;
    }
  }

  async #call(method: string, request: Request): Promise<Response> {
    if (!CallJudge.knows(method)) {
      await request.body?.cancel();
      this.invalid.push({
        method,
        params: {},
        atMs: this.clock.now(),
        problems: ["unknown method"],
      });
      return failed(new TelegramError(404, "Not Found: method not found"));
    }
    const { params, upload } = await this.#read(method, request);
    const fault = this.faults.next(method);
    if (fault?.kind === "lost-before" || fault?.kind === "lost-after") {
      this.lost.push({ method, params, atMs: this.clock.now() });
    }
    if (fault?.kind === "lost-before") return cutOff();
    this.#note(method, params, fault);
    const error = fault && faultError(fault);
    if (error) return failed(error);
    if (fault?.kind === "slow") {
      await sleep(this.clock, fault.ms, this.#stopping.signal).catch(() => {});
    }
    let answer: Response;
    try {
      answer = Response.json({ ok: true, result: await this.#methods[method]!(params, upload) });
    } catch (refusal) {
      if (!(refusal instanceof TelegramError)) throw refusal;
      answer = failed(refusal);
    }
    return fault?.kind === "lost-after" ? cutOff() : answer;
  }

  #note(method: MethodName, params: Params, fault: Fault | undefined): void {
    const call = { method, params, atMs: this.clock.now() };
    this.calls.push(call);
    const problems = this.#judge.problems(method, params);
    if (problems.length > 0) this.invalid.push({ ...call, problems });
    const chat = params.chat_id === undefined ? undefined : Number(params.chat_id);
    this.rates.note(method, chat);
    if (fault?.kind === "429" && chat !== undefined) this.rates.wait(chat, fault.retryAfter);
  }

  async #read(method: MethodName, request: Request): Promise<{ params: Params; upload: Upload }> {
    const params: Record<string, unknown> = {};
    const files = new Map<string, File>();
    if (request.headers.get("content-type")?.startsWith("multipart/form-data")) {
      for (const [name, value] of await request.formData()) {
        if (typeof value === "string") params[name] = this.#judge.fromForm(method, name, value);
        else files.set(name, value);
      }
    } else {
      const body = await request.text();
      if (body !== "") Object.assign(params, JSON.parse(body));
    }
    const upload = (field: unknown) =>
      typeof field === "string" && field.startsWith("attach://")
        ? files.get(field.slice("attach://".length))
        : undefined;
    return { params, upload };
  }

  #file(token: string, id: string): Response {
    const file = token === this.token ? this.world.files.get(id) : undefined;
    if (!file) return failed(new TelegramError(404, "Not Found"));
    return new Response(file.bytes, { headers: { "content-type": "application/octet-stream" } });
  }
}

/** A stand-in that listens on a free port of this machine. */
export function startBotApi(options: BotApiOptions = {}): BotApi {
  return new BotApi(options);
}

function failed(error: TelegramError): Response {
  return Response.json(error.toJSON(), { status: error.code });
}

/** An answer whose connection breaks before there is anything in it. */
function cutOff(): Response {
  return new Response(
    new ReadableStream({
      start(controller) {
        // Deno prints it: one line is enough.
        controller.error("The answer is lost on purpose");
      },
    }),
  );
}

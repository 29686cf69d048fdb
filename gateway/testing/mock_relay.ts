import {
  CLOSE_CODES,
  CREDIT_WINDOW_BYTES,
  HOST_MAX_PAYLOAD_BYTES,
  INPUT_WINDOW_BYTES,
  MAX_BUFFERED_BYTES,
  MAX_CHANNELS,
  MAX_IN_FLIGHT,
  MAX_PROTOCOL,
  methods,
  MIN_PROTOCOL,
  negotiate,
  parseFrame,
  TICK_INTERVAL_MS,
} from "@chatcode/protocol";
import { MockGateway } from "./mock_gateway.ts";

export interface MockRelayOptions {
  /** Default: one the system chooses. */
  readonly port?: number;
  /** The token that is let in. Default: `mock-token`. */
  readonly token?: string;
  /** The protocol versions it speaks. Default: those of this code. */
  readonly protocol?: { min: number; max: number };
  /** Answers upgrades with this status instead. */
  readonly refuse?: number | undefined;
  /** Takes the hello and never answers. */
  readonly mute?: boolean;
}

export const MOCK_TOKEN = "mock-token";

/**
 * A control plane to work on the gateway alone: takes gateways in, shows what they say, and lets
 * one ask them anything. It keeps no accounts, no state and no promises about load.
 */
export class MockRelay implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #options: { -readonly [K in keyof MockRelayOptions]: MockRelayOptions[K] };
  readonly #sockets = new Set<WebSocket>();
  readonly #waiting: ((gateway: MockGateway) => void)[] = [];
  readonly #unclaimed: MockGateway[] = [];
  onGateway: (gateway: MockGateway) => void = () => {};
  /** Dials so far, refused ones too. */
  dials = 0;

  constructor(options: MockRelayOptions = {}) {
    this.#options = { ...options };
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: options.port ?? 0, onListen: () => {} },
      (request) => this.#serve(request),
    );
  }

  get port(): number {
    return this.#server.addr.port;
  }

  /** As CHATCODE_CP_URL has it. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Changes how the next dials are met. */
  set(options: MockRelayOptions): void {
    Object.assign(this.#options, options);
  }

  /** The next gateway that was taken in and that nobody asked for before. */
  gateway(): Promise<MockGateway> {
    const ready = this.#unclaimed.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }

  /** Cuts every connection without a word. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.close();
    await this.#server.shutdown();
  }

  #serve(request: Request): Response {
    const { pathname } = new URL(request.url);
    if (pathname === "/healthz") return new Response("ok\n");
    if (pathname !== "/gw/connect") return new Response("Not found\n", { status: 404 });
    this.dials += 1;
    const { refuse, token = MOCK_TOKEN } = this.#options;
    if (refuse !== undefined) return refusal(refuse, "UNAVAILABLE", "Refused on purpose");
    if (request.headers.get("authorization") !== `Bearer ${token}`) {
      return refusal(401, "UNAUTHORIZED", "The token is not known");
    }
    const id = request.headers.get("x-chatcode-gateway") ?? "";
    const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
    socket.binaryType = "arraybuffer";
    this.#sockets.add(socket);
    socket.addEventListener("close", () => this.#sockets.delete(socket));
    socket.onerror = () => {}; // a gateway that is killed: the close follows
    socket.onmessage = (message) => this.#greet(id, socket, String(message.data));
    return response;
  }

  #greet(id: string, socket: WebSocket, text: string): void {
    const parsed = parseFrame(text);
    if (parsed.state === "unknown" || parsed.frame.type !== "hello") {
      return socket.close(CLOSE_CODES.helloRequired.code, "hello first");
    }
    if (this.#options.mute) return;
    const hello = parsed.frame;
    const ours = this.#options.protocol ?? { min: MIN_PROTOCOL, max: MAX_PROTOCOL };
    const protocol = negotiate(ours, { min: hello.minProtocol, max: hello.maxProtocol });
    if (protocol === undefined) {
      const error = { code: "PROTOCOL_MISMATCH", message: "No version in common" };
      socket.send(JSON.stringify({ type: "hello-error", error }));
      return socket.close(CLOSE_CODES.versionMismatch.code, "no version in common");
    }
    const gateway = new MockGateway(id, hello, socket);
    socket.send(JSON.stringify(helloOk(protocol)));
    this.onGateway(gateway);
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#unclaimed.push(gateway);
    else waiting(gateway);
  }
}

function helloOk(protocol: number) {
  return {
    type: "hello-ok",
    protocol,
    server: { name: "mock-relay", version: "0.0.0", instance: "mock" },
    atMs: Date.now(),
    features: { methods: Object.keys(methods), events: ["session", "health", "shutdown"] },
    policy: {
      maxPayload: HOST_MAX_PAYLOAD_BYTES,
      maxBufferedBytes: MAX_BUFFERED_BYTES,
      tickIntervalMs: TICK_INTERVAL_MS,
      creditWindowBytes: CREDIT_WINDOW_BYTES,
      inputWindowBytes: INPUT_WINDOW_BYTES,
      maxChannels: MAX_CHANNELS,
      maxInFlight: MAX_IN_FLIGHT,
    },
  };
}

function refusal(status: number, code: string, message: string): Response {
  return Response.json({ error: { code, message } }, { status });
}

/** `deno run -A gateway/testing/mock_relay.ts [PORT]`; then type METHOD {"json":"params"}. */
async function main(): Promise<void> {
  const relay = new MockRelay({ port: Number(Deno.args[0] ?? 0) });
  console.log(`Start a gateway with CHATCODE_CP_URL=${relay.url} CHATCODE_GATEWAY_ID=mock \\`);
  console.log(`  CHATCODE_GATEWAY_AUTH_TOKEN=${MOCK_TOKEN} deno task gateway run`);
  console.log('Then ask it: sessions.start {"title":"one"}');
  let last: MockGateway | undefined;
  relay.onGateway = (gateway) => {
    last = gateway;
    console.log(`${gateway.id} connected:`, JSON.stringify(gateway.hello.host));
    gateway.onEvent = (event) => console.log(`${gateway.id}:`, JSON.stringify(event));
    gateway.onNews = (news) => {
      const text = "kind" in news && JSON.stringify(new TextDecoder().decode(news.bytes));
      console.log(`${gateway.id}:`, text || JSON.stringify(news));
    };
    gateway.closed.then(({ code, reason }) => console.log(`${gateway.id} gone: ${code} ${reason}`));
  };
  const { readLines } = await import("../lines.ts");
  for await (const line of readLines(Deno.stdin.readable, 64 * 1024)) {
    const [method = "", ...rest] = line.split(" ");
    try {
      if (last === undefined) throw new Error("No gateway is connected");
      const params: Record<string, unknown> = JSON.parse(rest.join(" ") || "{}");
      const key = { idempotencyKey: crypto.randomUUID() };
      console.log(JSON.stringify(await last.ask(method, { host: last.id, ...params }, key)));
    } catch (thrown) {
      console.log(String(thrown));
    }
  }
}

if (import.meta.main) await main();

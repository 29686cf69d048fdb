import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { silentLog } from "@chatcode/kit";
import { ProtocolError } from "@chatcode/protocol";
import { ControlClient, controlPath } from "./control_client.ts";
import { type Answerer, CONTROL_LINE_MAX_BYTES, ControlSocket } from "./control_socket.ts";
import { ExitError } from "./exit_status.ts";
import { readChunks, readLines } from "./lines.ts";

class Lab implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync();
  readonly path = controlPath(this.folder);
  readonly socket: ControlSocket;

  constructor(answer: Answerer = echo) {
    this.socket = ControlSocket.open(this.path, { answer, log: silentLog });
  }

  /** What comes back for raw lines, until the gateway or we close. */
  async raw(...lines: string[]): Promise<unknown[]> {
    using connection = await Deno.connect({ transport: "unix", path: this.path });
    for (const line of lines) {
      for (let rest = new TextEncoder().encode(line + "\n"); rest.length > 0;) {
        rest = rest.subarray(await connection.write(rest));
      }
    }
    await connection.closeWrite();
    const answers = await Array.fromAsync(readLines(readChunks(connection), 4_000_000));
    return answers.map((line) => JSON.parse(line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.socket[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}

const echo: Answerer = ({ id, method, params, idempotencyKey }, { principal, respond }) => {
  if (method === "fail") {
    const error = new ProtocolError("SESSION_NOT_FOUND", "No such session").toWire();
    respond({ type: "res", id, ok: false, error });
  } else {
    if (method === "long") respond({ type: "res", id, ok: true, accepted: true });
    respond({ type: "res", id, ok: true, payload: { method, params, principal, idempotencyKey } });
  }
  return Promise.resolve();
};

Deno.test("a helper asks, is answered, and is told errors by their code", async () => {
  await using lab = new Lab();
  assertEquals((await Deno.stat(lab.path)).mode! & 0o777, 0o600);
  using client = await ControlClient.connect(lab.folder);
  const answer = await client.call("one", { a: "ü" }, { idempotencyKey: "key-00001" });
  assertEquals(answer, {
    method: "one",
    params: { a: "ü" },
    principal: "local",
    idempotencyKey: "key-00001",
  });
  assertEquals((await client.call("long") as { method: string }).method, "long");
  const error = await assertRejects(() => client.call("fail"), ProtocolError);
  assertEquals(error.code, "SESSION_NOT_FOUND");
});

Deno.test("bad lines are answered and harm nobody, not even their sender", async () => {
  await using lab = new Lab();
  using bystander = await ControlClient.connect(lab.folder);
  const answers = await lab.raw("{", "{}", '{"type":"ping","id":1}', '{"type":"req"}', good("7"));
  assertEquals(
    (answers as { id: string; ok: boolean }[]).map(({ id, ok }) => [id, ok]),
    [["-", false], ["-", false], ["-", false], ["-", false], ["7", true]],
  );
  assertStringIncludes(JSON.stringify(await bystander.call("still")), "still");
});

Deno.test("a line over the bound ends its connection with a reason", async () => {
  await using lab = new Lab();
  const answers = await lab.raw(good("1"), "x".repeat(CONTROL_LINE_MAX_BYTES + 1)).catch(() => []);
  // Who still sends while the other end closes may be cut before it reads the reason.
  if (answers.length > 0) assertStringIncludes(JSON.stringify(answers), "PAYLOAD_TOO_LARGE");
  using client = await ControlClient.connect(lab.folder);
  await client.call("still");
  await assertRejects(
    () => client.call("big", { text: "x".repeat(CONTROL_LINE_MAX_BYTES) }),
    ProtocolError,
  );
});

Deno.test("who has asked and closed its end is still answered", async () => {
  await using lab = new Lab(async ({ id }, { respond }) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    respond({ type: "res", id, ok: true, payload: {} });
  });
  assertEquals(await lab.raw(good("1")), [{ type: "res", id: "1", ok: true, payload: {} }]);
});

Deno.test("no gateway, and one that goes away, are told from each other and from errors", async () => {
  const none = await assertRejects(() => ControlClient.connect("/nonexistent"), ExitError);
  assertEquals(none.exit, "notRunning");
  assertStringIncludes(none.message, "chatcode-gateway run");

  await using lab = new Lab((_frame, { signal }) =>
    new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }))
  );
  using client = await ControlClient.connect(lab.folder);
  const asked = client.call("hangs").catch((error) => error);
  await lab.socket[Symbol.asyncDispose]();
  const gone = await asked;
  assert(gone instanceof ExitError);
  assertStringIncludes(gone.message, "went away");
  await lab.socket[Symbol.asyncDispose]();
});

Deno.test("a socket that a killed gateway left is replaced", async () => {
  await using lab = new Lab();
  const path = `${lab.folder}/left.sock`;
  const left = Deno.listen({ transport: "unix", path: `${path}.first` });
  Deno.renameSync(`${path}.first`, path);
  left.close();
  assert((await Deno.lstat(path)).isSocket, "it was left behind");
  await using _socket = ControlSocket.open(path, { answer: echo, log: silentLog });
});

function good(id: string): string {
  return JSON.stringify({ type: "req", id, method: "m", params: {} });
}

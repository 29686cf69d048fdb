import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { createLog, silentLog } from "@chatcode/kit";
import { type Auth, openAuth } from "../auth/auth.ts";
import { tokenOf } from "../auth/testing/open_test_auth.ts";
import { parseCommand } from "../config.ts";
import { openStore } from "../kv/open.ts";
import { tempDir } from "../kv/testing/tmpfs.ts";
import { startAdminSocket } from "./admin_socket.ts";
import { type AdminResult, adminResult } from "./command.ts";
import { readLine, SOCKET_FILE } from "./line.ts";
import { runAdmin } from "./mod.ts";

const PUBLIC_URL = "http://127.0.0.1:4711";

interface TestRelay extends AsyncDisposable {
  auth: Auth;
  refreshes: () => number;
}

/** The part of a relay that admin commands talk to, on a real folder. */
async function startTestRelay(dir: string): Promise<TestRelay> {
  const stack = new AsyncDisposableStack();
  const store = stack.use(await openStore({ kind: "dir", path: dir }));
  const auth = stack.use(await openAuth(store, { publicUrl: new URL(PUBLIC_URL) }));
  let refreshes = 0;
  const hosts = { refresh: () => Promise.resolve(void refreshes++) };
  stack.use(await startAdminSocket({ auth, hosts }, dir, silentLog));
  return {
    auth,
    refreshes: () => refreshes,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function admin(dir: string, ...args: string[]) {
  const command = parseCommand(["admin", ...args, "--data", dir], {});
  assert(command.command === "admin");
  return await runAdmin(command.admin, command);
}

async function adminJson<C extends AdminResult["command"]>(
  dir: string,
  command: C,
  ...args: string[]
): Promise<Extract<AdminResult, { command: C }>> {
  const { status, text } = await admin(dir, command, ...args, "--json");
  assertEquals(status, 0, text);
  assertEquals(text.includes("\n"), false);
  const result = adminResult.parse(JSON.parse(text));
  assertEquals(result.command, command);
  return result as Extract<AdminResult, { command: C }>;
}

for (const isRunning of [true, false]) {
  const where = isRunning ? "through the running relay" : "where no relay runs";
  Deno.test(`a gateway, an API token and a link are made ${where}`, async () => {
    await using temp = await tempDir();
    const dir = temp.path;
    const stack = new AsyncDisposableStack();
    let relay = isRunning ? stack.use(await startTestRelay(dir)) : undefined;
    const gateway = await adminJson(dir, "create-gateway", "--name", "laptop");
    const apiToken = await adminJson(dir, "create-api-token", "--name", "ci", "--read-only");
    const link = await adminJson(dir, "sign-in-link");
    if (relay) {
      assertEquals(relay.refreshes(), 1, "the relay knows the new machine at once");
      assertEquals(gateway.relayUrl, PUBLIC_URL);
    }
    relay ??= stack.use(await startTestRelay(dir));
    const { auth } = relay;
    assertEquals((await auth.hosts.verify(gateway.id, gateway.token)).state, "ok");
    const authorization = `Bearer ${apiToken.token}`;
    const authentication = await auth.authenticate(new Headers({ authorization }));
    assert(authentication.state === "ok");
    assertEquals(authentication.principal.role, "viewer");
    const use = await auth.signInLinks.use(tokenOf(link.url), "127.0.0.1");
    assertEquals(use.state, "signed_in");
    await stack.disposeAsync();
  });
}

Deno.test("without --json people read what to do with it", async () => {
  await using temp = await tempDir();
  await using _relay = await startTestRelay(temp.path);
  const gateway = await admin(temp.path, "create-gateway", "--name", "laptop");
  assertMatch(gateway.text, /\nCHATCODE_GATEWAY_AUTH_TOKEN=ccg_\S{43}\n/);
  assertStringIncludes(gateway.text, `CHATCODE_CP_URL=${PUBLIC_URL}`);
  const link = await admin(temp.path, "sign-in-link");
  assertMatch(link.text, /\nhttp:\/\/127\.0\.0\.1:4711\/sign-in#\S{43}$/);
  const token = await admin(temp.path, "create-api-token", "--name", "ci");
  assertMatch(token.text, /\(operator\)[^]*\ncca_\S{43}$/);
});

Deno.test("a folder that another process holds without a socket is a clear failure", async () => {
  await using temp = await tempDir();
  using _store = await openStore({ kind: "dir", path: temp.path });
  const outcome = await admin(temp.path, "sign-in-link", "--json");
  assertEquals(outcome.status, 1);
  assertEquals(JSON.parse(outcome.text).error.code, "KV_LOCKED");
});

Deno.test("the socket is the owner's alone, and gone with the relay", async () => {
  await using temp = await tempDir();
  const path = `${temp.path}/${SOCKET_FILE}`;
  {
    await using _relay = await startTestRelay(temp.path);
    assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
  }
  assertEquals(await Deno.stat(path).catch(() => null), null);
});

Deno.test("a dead socket file is replaced, and a path that is too long is told", async () => {
  await using temp = await tempDir();
  const path = `${temp.path}/${SOCKET_FILE}`;
  await Deno.writeTextFile(path, "");
  {
    await using relay = await startTestRelay(temp.path);
    await adminJson(temp.path, "sign-in-link");
    const lines: string[] = [];
    const log = createLog({ write: (line) => lines.push(line), pretty: false });
    const long = `${temp.path}/${"x".repeat(100)}`;
    await using _none = await startAdminSocket({ auth: relay.auth }, long, log);
    assertStringIncludes(lines.join(), "admin.no_socket");
  }
});

Deno.test("nonsense on the socket is answered or dropped, and others are served on", async () => {
  await using temp = await tempDir();
  await using _relay = await startTestRelay(temp.path);
  const connect = () => Deno.connect({ transport: "unix", path: `${temp.path}/${SOCKET_FILE}` });
  for (const text of ["nonsense\n", "{}\n", '{"command":"rm"}\n', "\n"]) {
    using conn = await connect();
    await conn.write(new TextEncoder().encode(text));
    assertStringIncludes(JSON.stringify(await readLine(conn)), "INVALID_REQUEST");
  }
  {
    using endless = await connect();
    // The relay answers as soon as the line is too long, and closes with some of it unread.
    const writing = (async () => {
      const chunk = new Uint8Array(16 * 1024).fill(120);
      for (;;) await endless.write(chunk);
    })();
    await assertRejects(() => writing);
  }
  using _silent = await connect();
  await adminJson(temp.path, "sign-in-link");
});

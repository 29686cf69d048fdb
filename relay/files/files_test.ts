import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type ChannelId,
  encodeBytesFrame,
  FILE_WINDOW_BYTES,
  type HostId,
  ProtocolError,
  type ReqFrame,
} from "@chatcode/protocol";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { openSockets } from "../testing/open_sockets.ts";
import type { Peer } from "../testing/peer.ts";
import { openFile } from "./download.ts";

async function open() {
  const relay = await openSockets();
  const credentials = await relay.registerHost();
  const host = await relay.host(credentials);
  const { token } = await relay.apiToken();
  const check = await relay.auth.authenticate(new Headers({ authorization: `Bearer ${token}` }));
  if (check.state !== "ok") throw new Error("The token must be good");
  const { principal } = check;
  const socket = relay.operations.hostFor(principal, "file.read", credentials.id);
  return {
    ...relay,
    host,
    id: credentials.id,
    token,
    principal,
    scope: { account: principal.account, host: credentials.id, socket },
    api: (method: string, path: string, headers: Record<string, string> = {}, body?: BodyInit) =>
      fetch(`${relay.origin}/api/uploads${path}`, { method, headers, ...(body && { body }) }),
    [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose](),
  };
}

function answer(host: Peer, req: ReqFrame, payload: unknown): void {
  host.send({ type: "res", id: req.id, ok: true, payload });
}

const asked = (host: Peer, method: string) => host.next("req", (req) => req.method === method);

function facts(size: number) {
  return {
    path: "/w/a",
    name: "a",
    size,
    modifiedAtMs: 1,
    mediaType: "text/plain",
    version: "v",
    start: 0,
    end: size,
  };
}

/** Opens a file of `size` bytes, the host played by hand. */
async function opened(lab: Awaited<ReturnType<typeof open>>, size: number) {
  const opening = openFile(lab.scope, "/w/a");
  const req = await asked(lab.host, "files.open");
  assertEquals([req.params.creditBytes, req.principal], [0, lab.account.id]);
  answer(lab.host, req, facts(size));
  const channel = req.params.channel as ChannelId;
  const send = (seq: number, text: string) => {
    const bytes = new TextEncoder().encode(text);
    lab.host.send(encodeBytesFrame({ kind: "download", channel, seq, bytes }));
  };
  return { file: await opening, channel, send };
}

async function textOf(body: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  return await new Response(body).text();
}

Deno.test("[FI4] credit goes out when the body is read, never more than a window", async () => {
  await using lab = await open();
  const { file, channel, send } = await opened(lab, 6);
  await lab.host.ask({ method: "nothing" });
  assertEquals(lab.host.rest.filter((seen) => seen.kind === "frame").length, 0);
  const text = textOf(file.body);
  let granted = 0;
  while (granted < FILE_WINDOW_BYTES) granted += (await lab.host.next("credit")).bytes;
  assertEquals(granted, FILE_WINDOW_BYTES);
  send(0, "abc");
  send(3, "def");
  lab.host.send({ type: "file-end", channel, outcome: "done" });
  assertEquals(await text, "abcdef");
});

Deno.test("[FI5] a body errors unless all of it came", async (t) => {
  await using lab = await open();
  const cases: [string, (end: Awaited<ReturnType<typeof opened>>) => void][] = [
    ["changed", ({ channel }) => lab.host.send({ type: "file-end", channel, outcome: "changed" })],
    ["less than said", ({ channel, send }) => {
      send(0, "abc");
      lab.host.send({ type: "file-end", channel, outcome: "done" });
    }],
    ["out of place", ({ send }) => send(3, "abc")],
    ["more than said", ({ send }) => send(0, "abcdefghi")],
    ["the machine's own failure", ({ channel }) => {
      const error = new ProtocolError("FILE_NOT_ALLOWED", "gone").toWire();
      lab.host.send({ type: "file-end", channel, outcome: "failed", error });
    }],
  ];
  for (const [what, play] of cases) {
    await t.step(what, async () => {
      const end = await opened(lab, 6);
      const text = textOf(end.file.body);
      await lab.host.next("credit", ({ channel }) => channel === end.channel);
      play(end);
      await assertRejects(() => text);
    });
  }
  await t.step("a machine that goes away", async () => {
    const { file } = await opened(lab, 6);
    const text = textOf(file.body);
    lab.host.close();
    await assertRejects(() => text, ProtocolError, "offline");
  });
});

Deno.test("[FI5] a reader that leaves tells the machine, and frees the channel", async () => {
  await using lab = await open();
  const { file, channel } = await opened(lab, 6);
  await file.body.cancel();
  const end = await lab.host.next("file-end");
  assertEquals([end.channel, end.outcome], [channel, "cancelled"]);
  assertEquals(lab.scope.socket.channels, 0);
});

/** Plays the host for one upload by HTTP up to the first bytes. */
async function uploading(lab: Awaited<ReturnType<typeof open>>, body: BodyInit, size: number) {
  const headers = { authorization: `Bearer ${lab.token}` };
  const wish = JSON.stringify({ host: lab.id, name: "a.txt", size });
  const posting = lab.api("POST", "", headers, wish);
  const create = await asked(lab.host, "uploads.create");
  answer(lab.host, create, { folder: "/w", name: "a.txt" });
  const { upload, offset } = await (await posting).json();
  assertEquals([upload, offset], [`${lab.id}.${create.params.upload}`, 0]);
  const putting = lab.api("PUT", `/${upload}`, { ...headers, "upload-offset": "0" }, body);
  const receive = await asked(lab.host, "uploads.receive");
  assertEquals(receive.params.upload, create.params.upload);
  const channel = receive.params.channel as ChannelId;
  return { upload, putting, receive, channel };
}

/** A body of which nothing comes; it ends with its scope, or its connection would stay open. */
function stalled() {
  let end = () => {};
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      end = () => controller.close();
    },
    cancel() {
      end = () => {};
    },
  });
  return { stream, [Symbol.dispose]: () => end() };
}

Deno.test("[UP1] [FI7] an upload's bytes go on under credit, then it is finished", async () => {
  await using lab = await open();
  const { channel, putting, receive } = await uploading(lab, "abcdef", 6);
  answer(lab.host, receive, { offset: 0, size: 6, creditBytes: 4 });
  assertEquals(await lab.host.nextBytes(), { channel, seq: 0, text: "abcd" });
  lab.host.send({ type: "credit", channel, bytes: 2 });
  assertEquals(await lab.host.nextBytes(), { channel, seq: 4, text: "ef" });
  assertEquals((await lab.host.next("file-end")).outcome, "done");
  const finish = await asked(lab.host, "uploads.finish");
  lab.host.send({ type: "res", id: finish.id, ok: true, accepted: true });
  answer(lab.host, finish, { path: "/w/a.txt", name: "a.txt", size: 6 });
  const res = await putting;
  assertEquals([res.status, await res.json()], [200, { path: "/w/a.txt", name: "a.txt", size: 6 }]);
  assertEquals(lab.scope.socket.channels, 0);
});

Deno.test("[UP1] what the machine says of an upload reaches the browser", async (t) => {
  await using lab = await open();
  await t.step("it is at another offset", async () => {
    const { putting, receive } = await uploading(lab, "abc", 9);
    answer(lab.host, receive, { offset: 5, size: 9, creditBytes: 4 });
    const res = await putting;
    assertEquals([res.status, res.headers.get("upload-offset")], [409, "5"]);
    await res.body?.cancel();
    assertEquals((await lab.host.next("file-end")).outcome, "cancelled");
  });
  await t.step("more was sent than was said", async () => {
    const { putting, receive } = await uploading(lab, "abcdef", 3);
    answer(lab.host, receive, { offset: 0, size: 3, creditBytes: 100 });
    const res = await putting;
    assertEquals([res.status, (await res.json()).error.code], [413, "PAYLOAD_TOO_LARGE"]);
  });
  await t.step("the disk is full", async () => {
    using body = stalled();
    const { channel, putting, receive } = await uploading(lab, body.stream, 9);
    answer(lab.host, receive, { offset: 0, size: 9, creditBytes: 100 });
    const error = new ProtocolError("DISK_FULL", "Cannot write: full").toWire();
    lab.host.send({ type: "file-end", channel, outcome: "failed", error });
    const res = await putting;
    assertEquals([res.status, (await res.json()).error.code], [507, "DISK_FULL"]);
  });
  await t.step("a part of it is taken as a part", async () => {
    const { putting, receive } = await uploading(lab, "abc", 9);
    answer(lab.host, receive, { offset: 0, size: 9, creditBytes: 100 });
    const res = await putting;
    assertEquals([res.status, res.headers.get("upload-offset")], [204, "3"]);
  });
});

Deno.test("[UP1] who may not upload is refused, and no machine is asked", async () => {
  await using lab = await open();
  const wish = JSON.stringify({ host: lab.id, name: "a", size: 1 });
  const link = await lab.auth.signInLinks.create({ who: "admin" });
  const use = await lab.auth.signInLinks.use(new URL(link.url).hash.slice(1), "test");
  if (use.state !== "signed_in") throw new Error("The link must sign in");
  const facts = { userAgent: "", address: "" };
  const session = await lab.auth.browserSessions.create(use.account.id, facts);
  const cookie = lab.auth.cookie.encode(session.token, 1_000_000).split(";")[0]!;
  const check = await lab.auth.authenticate(new Headers({ cookie }));
  if (check.state !== "ok") throw new Error("The cookie must be good");
  const csrf = await lab.auth.csrf.token(check.principal.credential);
  const viewer = await lab.apiToken("viewer");
  const origin = lab.origin;
  const status = async (
    headers: Record<string, string>,
    body = wish,
    path = "",
    method = "POST",
  ) => {
    const res = await lab.api(method, path, headers, body);
    await res.body?.cancel();
    return res.status;
  };
  assertEquals(await status({}), 403); // no origin
  assertEquals(await status({ origin }), 401);
  assertEquals(await status({ origin: "https://evil.example", cookie, "x-csrf-token": csrf }), 403);
  assertEquals(await status({ origin, cookie }), 403);
  assertEquals(await status({ origin, cookie, "x-csrf-token": "x" }), 403);
  assertEquals(await status({ authorization: "Bearer nonsense" }), 401);
  assertEquals(await status({ authorization: `Bearer ${viewer.token}` }), 403);
  const owner = { authorization: `Bearer ${lab.token}` };
  assertEquals(await status(owner, "{"), 400);
  assertEquals(await status(owner, JSON.stringify({ host: lab.id, name: "", size: 1 })), 400);
  assertEquals(
    await status(owner, JSON.stringify({ host: lab.id, name: "a", size: 2 ** 40 })),
    400,
  );
  assertEquals(await status(owner, "x".repeat(20_000)), 413);
  assertEquals(await status(owner, JSON.stringify({ host: "h_none", name: "a", size: 1 })), 404);
  assertEquals(await status({ ...owner, "upload-offset": "0" }, "x", "/nonsense", "PUT"), 404);
  assertEquals(await status(owner, "x", `/${lab.id}.${"u".repeat(20)}`, "PUT"), 400); // no offset
  assertEquals(await status(owner, "x", `/${lab.id}.${"u".repeat(20)}`, "PATCH"), 405);
  await lab.host.ask({ method: "nothing" });
  assert(!lab.host.rest.some((seen) => seen.kind === "frame" && seen.frame.type === "req"));
  const good = lab.api("POST", "", { origin, cookie, "x-csrf-token": csrf }, wish);
  answer(lab.host, await asked(lab.host, "uploads.create"), { folder: "/w", name: "a" });
  const made = await good;
  assertEquals(made.status, 201);
  await made.body?.cancel();
});

Deno.test("[UP1] an upload ends when its owner is signed out", async () => {
  await using lab = await open();
  using body = stalled();
  const { putting, receive } = await uploading(lab, body.stream, 9);
  answer(lab.host, receive, { offset: 0, size: 9, creditBytes: 100 });
  await waitFor(() => lab.scope.socket.channels === 1, { what: "the upload" });
  const [token] = await lab.auth.apiTokens.list(lab.account.id);
  await lab.auth.apiTokens.revoke(lab.account.id, token!.id, { who: "admin" });
  const res = await putting;
  assertEquals(res.status, 401);
  await res.body?.cancel();
  assertEquals((await lab.host.next("file-end")).outcome, "cancelled");
});

Deno.test("receive() takes a whole file, and takes back what did not come whole", async () => {
  await using lab = await open();
  const { signal } = new AbortController();
  const receive = (text: string, size: number, idempotencyKey?: string) =>
    lab.uploads.receive(
      lab.principal,
      { host: lab.id as HostId, name: "photo.jpg", size },
      new Blob([text]).stream(),
      { signal, ...idempotencyKey !== undefined && { idempotencyKey } },
    );
  const taking = receive("abc", 3);
  answer(lab.host, await asked(lab.host, "uploads.create"), { folder: "/w", name: "photo.jpg" });
  const first = await asked(lab.host, "uploads.receive");
  answer(lab.host, first, { offset: 0, size: 3, creditBytes: 100 });
  const done = { path: "/w/photo.jpg", name: "photo.jpg", size: 3 };
  answer(lab.host, await asked(lab.host, "uploads.finish"), done);
  assertEquals(await taking, done);

  const short = receive("ab", 3);
  answer(lab.host, await asked(lab.host, "uploads.create"), { folder: "/w", name: "photo.jpg" });
  const second = await asked(lab.host, "uploads.receive");
  answer(lab.host, second, { offset: 0, size: 3, creditBytes: 100 });
  answer(lab.host, await asked(lab.host, "uploads.cancel"), {});
  assertEquals((await assertRejects(() => short, ProtocolError)).code, "CONFLICT");
});

Deno.test("receive() with the key of an earlier one puts the file there once", async () => {
  await using lab = await open();
  const { signal } = new AbortController();
  const receive = () =>
    lab.uploads.receive(
      lab.principal,
      { host: lab.id as HostId, name: "photo.jpg", size: 3 },
      new Blob(["abc"]).stream(),
      { signal, idempotencyKey: "tg-1-2-file-3" },
    );
  const uploads: unknown[] = [];
  const next = async (method: string, payload: Record<string, unknown>) => {
    const req = await asked(lab.host, method);
    uploads.push((req.params as { upload: string }).upload);
    answer(lab.host, req, payload);
  };
  const created = { folder: "/w", name: "photo.jpg" };
  const done = { path: "/w/photo.jpg", name: "photo.jpg", size: 3 };
  const cut = receive(); // of which the relay before this one had sent a part
  await next("uploads.create", created);
  await next("uploads.state", { offset: 2, size: 3 });
  await next("uploads.cancel", {});
  await next("uploads.create", created);
  await next("uploads.receive", { offset: 0, size: 3, creditBytes: 100 });
  await next("uploads.finish", done);
  assertEquals(await cut, done);
  const again = receive();
  await next("uploads.create", created);
  await next("uploads.state", { offset: 3, size: 3, done });
  assertEquals([await again, new Set(uploads).size], [done, 1]);
});

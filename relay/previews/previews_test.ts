import { assert, assertEquals, assertRejects } from "@std/assert";
import { createLog } from "@chatcode/kit";
import { ProtocolError } from "@chatcode/protocol";
import { FakeClock } from "../../kit/testing/fake_clock.ts";
import { ADMIN } from "../auth/principal.ts";
import { openSockets } from "../testing/open_sockets.ts";
import { PreviewGate } from "./preview_gate.ts";
import { PREVIEW_LINK_MS, Previews } from "./previews.ts";

async function open() {
  const relay = await openSockets();
  const credentials = await relay.registerHost();
  const host = await relay.host(credentials);
  const created = await relay.apiToken();
  const headers = new Headers({ authorization: `Bearer ${created.token}` });
  const check = await relay.auth.authenticate(headers);
  if (check.state !== "ok") throw new Error("The token must be good");
  const { principal } = check;
  const clock = new FakeClock(Date.now());
  const lines: Record<string, unknown>[] = [];
  const log = createLog({ verbose: true, write: (line) => void lines.push(JSON.parse(line)) });
  const { auth, operations, origin, store } = relay;
  const previews = await Previews.open({ store, auth, operations, origin, clock, log });
  const gate = new PreviewGate({ previews, operations, auth, pages: origin, clock, log });
  const id = credentials.id;
  return {
    ...relay,
    created,
    principal,
    clock,
    lines,
    previews,
    gate,
    id,
    /** The machine says what `path` is. */
    async link(path = "/w/a.txt") {
      const asked = previews.link(principal, { host: id, path });
      const req = await host.next("req", ({ method }) => method === "files.stat");
      const name = path.slice(path.lastIndexOf("/") + 1);
      const payload = {
        path,
        name,
        kind: "file",
        size: 3,
        modifiedAtMs: 1,
        mediaType: "text/plain",
      };
      host.send({ type: "res", id: req.id, ok: true, payload });
      return await asked;
    },
    async get(url: string) {
      const res = await gate.knock({ req: new Request(url), address: "192.0.2.1" });
      return { status: res.status, headers: [...res.headers], body: await res.text() };
    },
    whys: () => lines.filter(({ event }) => event === "preview.refused").map(({ why }) => why),
    [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose](),
  };
}

Deno.test("[PV1] links that do not count are alike to the visitor and told apart in the log", async () => {
  await using lab = await open();
  const { clock, previews, principal } = lab;
  const tokenOf = (url: string) => url.slice(url.lastIndexOf("/") + 1);
  const good = await lab.link();
  const other = await lab.link("/w/b.txt");
  const flipped = tokenOf(good.url).replace(/^./, (c) => c === "A" ? "B" : "A");
  const spliced = tokenOf(good.url).slice(0, 30) + tokenOf(other.url).slice(30);
  const revoked = await lab.link();
  await previews.revoke(principal, revoked.id);
  const unknown = await lab.link();
  await lab.store.delete({ key: ["preview_grant", unknown.id], schema: undefined as never });
  const answers = [
    await lab.get(`${lab.origin}/p/${flipped}`),
    await lab.get(`${lab.origin}/p/${spliced}`),
    await lab.get(`${lab.origin}/p/`),
    await lab.get(`${lab.origin}/p/${"A".repeat(5_000)}`),
    await lab.get(`${lab.origin}/p/%00%ff`),
    await lab.get(`${good.url}/etc/passwd`),
    await lab.get(`${good.url}?path=/etc/passwd`),
    await lab.get(revoked.url),
    await lab.get(unknown.url),
  ];
  await clock.advance(PREVIEW_LINK_MS);
  answers.push(await lab.get(good.url));
  for (const answer of answers) assertEquals(answer, answers[0]);
  assertEquals(answers[0]?.status, 404);
  assertEquals(lab.whys(), [
    ...Array(5).fill("altered"),
    "other_path",
    "other_path",
    "revoked",
    "unknown",
    "expired",
  ]);
  const log = JSON.stringify(lab.lines);
  for (const { url } of [good, other, revoked]) {
    assert(!log.includes(tokenOf(url)), "a link is logged");
  }
});

Deno.test("[PV1] a link dies with the credential that made it", async () => {
  await using lab = await open();
  const link = await lab.link();
  await lab.auth.apiTokens.revoke(lab.account.id, lab.created.row.id, ADMIN);
  assertEquals((await lab.get(link.url)).status, 404);
  assertEquals(lab.whys(), ["signed_out"]);
});

Deno.test("[PV3] nobody revokes another's link, and twice is no error", async () => {
  await using lab = await open();
  const link = await lab.link();
  const token = link.url.slice(link.url.lastIndexOf("/") + 1);
  const stranger = { account: "acc_strangerstranger" as typeof lab.account.id };
  await lab.previews.revoke(stranger, link.id);
  assertEquals((await lab.previews.check(token, { otherPath: false })).state, "good");
  await lab.previews.revoke(lab.principal, link.id);
  await lab.previews.revoke(lab.principal, link.id);
  await lab.previews.revoke(lab.principal, "nothing");
  assertEquals((await lab.previews.check(token, { otherPath: false })).state, "refused");
});

Deno.test("[PV1] a folder has no link; without the right there is none", async () => {
  await using lab = await open();
  const code = async (work: Promise<unknown>) =>
    (await assertRejects(() => work, ProtocolError)).code;
  const viewer = { ...lab.principal, role: "viewer" as const };
  assertEquals(await code(lab.previews.link(viewer, { host: lab.id, path: "a" })), "FORBIDDEN");
  const nobody = { ...lab.principal, hosts: [] };
  assertEquals(
    await code(lab.previews.link(nobody, { host: lab.id, path: "a" })),
    "HOST_NOT_FOUND",
  );
});

Deno.test("[PV1] only GET and HEAD", async () => {
  await using lab = await open();
  const req = new Request(`${lab.origin}/p/x`, { method: "POST", body: "x" });
  assertEquals((await lab.gate.knock({ req, address: "192.0.2.1" })).status, 405);
});

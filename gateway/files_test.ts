import { assert, assertEquals, assertRejects } from "@std/assert";
import { ProtocolError, type RelayMethodResult } from "@chatcode/protocol";
import { waitFor } from "../kit/testing/wait_for.ts";
import { GatewayLab } from "./testing/gateway_lab.ts";
import { download, sendBytes } from "./testing/mock_files.ts";

const anna = { principal: "anna" };
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function noise(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, Math.min(length, at + 65_536)));
  }
  return bytes;
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => work, ProtocolError)).code;
}

async function create(
  lab: GatewayLab,
  params: Record<string, unknown>,
): Promise<RelayMethodResult<"uploads.create">> {
  return await lab.link.ask("uploads.create", params, anna) as never;
}

async function state(lab: GatewayLab, upload: string) {
  return await lab.link.ask("uploads.state", { upload }, anna) as RelayMethodResult<
    "uploads.state"
  >;
}

Deno.test("[FI1] to [FI5] files are listed, told and sent whole or in part", async (t) => {
  await using lab = await GatewayLab.open();
  const { workspace } = lab.home;
  const content = noise(3_000_000);
  await Deno.writeFile(`${workspace}/big.bin`, content);
  await Deno.mkdir(`${workspace}/src`);
  await Deno.writeTextFile(`${workspace}/src/main.ts`, "hello");
  await Deno.writeTextFile(`${workspace}/.env`, "secret");
  await Deno.symlink("src", `${workspace}/link`);

  await t.step(
    "[FI2] the empty path is the workspace, folders first, hidden ones too",
    async () => {
      const list = await lab.link.request("files.list", { path: "" });
      assertEquals(list.entries.map(({ name, kind }) => [name, kind]), [
        ["src", "folder"],
        [".env", "file"],
        ["big.bin", "file"],
        ["link", "link"],
      ]);
      assertEquals([list.path, list.parent, list.truncated], [workspace, lab.home.folder, false]);
    },
  );
  await t.step("[FI2] in the home folder hidden ones are left out", async () => {
    await Deno.mkdir(`${lab.home.folder}/.ssh`);
    const list = await lab.link.request("files.list", { path: "~" });
    assertEquals(list.entries.map(({ name }) => name), ["workspace"]); // nor the gateway's state
    assertEquals("parent" in list, false);
  });
  await t.step("[FI1] a path through a link is told as what it leads to", async () => {
    const stat = await lab.link.request("files.stat", { path: "link/main.ts" });
    assertEquals([stat.path, stat.kind, stat.size, stat.mediaType], [
      `${workspace}/src/main.ts`,
      "file",
      5,
      "text/plain",
    ]);
  });
  await t.step("[FI1] a relative path belongs to the session's folder", async () => {
    const { session } = await lab.link.request("sessions.start", { cwd: "src" }, {
      idempotencyKey: "key-00001",
    });
    const stat = await lab.link.request("files.stat", { path: "main.ts", session: session.id });
    assertEquals(stat.path, `${workspace}/src/main.ts`);
  });
  await t.step("[FI4] a file comes whole", async () => {
    const { bytes, outcome, facts } = await download(lab.link, "big.bin");
    assertEquals([outcome, facts.start, facts.end], ["done", 0, content.length]);
    assertEquals(bytes, content);
  });
  await t.step("[FI4] ranges are cut to what there is", async () => {
    const cases: [Parameters<typeof download>[2], number, number][] = [
      [{ start: 10, end: 20 }, 10, 20],
      [{ start: 2_999_999 }, 2_999_999, 3_000_000],
      [{ last: 7 }, 2_999_993, 3_000_000],
      [{ last: 9_000_000 }, 0, 3_000_000],
      [{ start: 3_000_000 }, 3_000_000, 3_000_000],
      [{ start: 9e12, end: 5 }, 3_000_000, 3_000_000],
    ];
    for (const [range, start, end] of cases) {
      const { bytes, facts, outcome } = await download(lab.link, "big.bin", range);
      assertEquals([facts.start, facts.end, outcome], [start, end, "done"]);
      assertEquals(bytes, content.slice(start, end));
    }
  });
  await t.step("[FI5] a file that changes while it is sent is not sent to its end", async () => {
    const shrink = () => Deno.writeFile(`${workspace}/big.bin`, content.subarray(0, 10));
    const { bytes, outcome } = await download(lab.link, "big.bin", {}, shrink);
    assertEquals([outcome, bytes.length], ["changed", 0]);
  });
  await t.step("[FI5] a file that grows is sent as long as it was", async () => {
    await Deno.writeTextFile(`${workspace}/log`, "one\n");
    const grow = () => Deno.writeTextFile(`${workspace}/log`, "two\n", { append: true });
    const { bytes, outcome } = await download(lab.link, "log", {}, grow);
    assertEquals([outcome, text(bytes)], ["done", "one\n"]);
  });
});

Deno.test("[FI6] to [FI8] an upload comes in pieces, over reconnects and restarts", async (t) => {
  await using lab = await GatewayLab.open();
  const { workspace } = lab.home;
  const content = noise(2_500_000);
  const upload = "u".repeat(20);
  const asked = { upload, name: "photo.jpg", size: content.length };
  const { folder, name } = await create(lab, asked);

  await t.step("[FI6] it has a folder of its day, and asked again it is the same", async () => {
    const day = new Date().toISOString().slice(0, 10);
    assertEquals([folder, name], [`${workspace}/uploads/${day}`, "photo.jpg"]);
    assertEquals((await create(lab, asked)).folder, folder);
    assertEquals(await state(lab, upload), { offset: 0, size: content.length });
  });
  await t.step("[FI7] what came before a cut need not come again", async () => {
    await sendBytes(lab.link, upload, content, { until: 1_000_000 });
    await lab.reconnect();
    await waitFor(async () => (await state(lab, upload)).offset === 1_000_000, {
      what: "what was sent to be written",
    });
    await lab.stop();
    await lab.start();
    assertEquals((await state(lab, upload)).offset, 1_000_000);
  });
  await t.step("[FI8] it is not finished before it is whole", async () => {
    const { code } = await assertRejects(
      () => lab.link.ask("uploads.finish", { upload }, anna),
      ProtocolError,
    );
    assertEquals(code, "CONFLICT");
  });
  await t.step("[FI6] nobody else goes on with it", async () => {
    const other = { principal: "bert" };
    for (const method of ["uploads.state", "uploads.finish", "uploads.cancel"]) {
      assertEquals(await codeOf(lab.link.ask(method, { upload }, other)), "UPLOAD_NOT_FOUND");
    }
    assertEquals(await codeOf(lab.link.ask("uploads.create", asked, other)), "UPLOAD_NOT_FOUND");
  });
  await t.step("[FI8] whole, it takes no other's name, and twice is once", async () => {
    await Deno.writeTextFile(`${folder}/photo.jpg`, "mine");
    const { offset } = await sendBytes(lab.link, upload, content);
    assertEquals(offset, 1_000_000);
    const finish = () => lab.link.ask("uploads.finish", { upload }, anna);
    const done = { path: `${folder}/photo (2).jpg`, name: "photo (2).jpg", size: content.length };
    assertEquals(await Promise.all([finish(), finish()]), [done, done]);
    assertEquals(await finish(), done);
    assertEquals(await Deno.readFile(done.path), content);
    assertEquals(await Deno.readTextFile(`${folder}/photo.jpg`), "mine");
    assertEquals((await state(lab, upload)).done, done);
    const left = [...Deno.readDirSync(folder)].map((entry) => entry.name).toSorted();
    assertEquals(left, ["photo (2).jpg", "photo.jpg"]);
  });
});

Deno.test("[FI6] [FI7] uploads end by cancel, replacement or fault, and leave nothing", async (t) => {
  await using lab = await GatewayLab.open();
  const { workspace } = lab.home;
  const content = noise(400_000);
  await t.step("cancelled: the bytes are gone, the sender is told", async () => {
    const upload = "c".repeat(20);
    await create(lab, { upload, folder: "", name: "a.bin", size: content.length });
    await sendBytes(lab.link, upload, content, { until: 100_000 });
    await lab.link.ask("uploads.cancel", { upload }, anna);
    assertEquals(await codeOf(state(lab, upload)), "UPLOAD_NOT_FOUND");
    assertEquals([...Deno.readDirSync(workspace)], []);
  });
  await t.step("an empty file is a file", async () => {
    const upload = "e".repeat(20);
    await create(lab, { upload, folder: "", name: "empty", size: 0 });
    await lab.link.ask("uploads.finish", { upload }, anna);
    assertEquals((await Deno.stat(`${workspace}/empty`)).size, 0);
  });
  await t.step("more than was announced is refused", async () => {
    const upload = "m".repeat(20);
    await create(lab, { upload, folder: "", name: "m", size: 10 });
    await sendBytes(lab.link, upload, content.subarray(0, 11));
    await lab.link.request("hosts.ping", {});
    assertEquals((await state(lab, upload)).offset, 0);
  });
  await t.step("a part that was replaced by a link is not written through", async () => {
    const upload = "l".repeat(20);
    await create(lab, { upload, folder: "", name: "l", size: 10 });
    const part = `${workspace}/.l.${upload}.part`;
    await Deno.writeTextFile(`${lab.home.folder}/victim`, "safe");
    await Deno.remove(part);
    await Deno.symlink(`${lab.home.folder}/victim`, part);
    assertEquals(
      await codeOf(sendBytes(lab.link, upload, content.subarray(0, 10))),
      "UPLOAD_NOT_FOUND",
    );
    assertEquals(await Deno.readTextFile(`${lab.home.folder}/victim`), "safe");
  });
  await t.step("only the workspace takes files, by real path", async () => {
    await Deno.mkdir(`${lab.home.folder}/open`);
    await Deno.symlink(`${lab.home.folder}/open`, `${workspace}/out`);
    const at = (folder: string) =>
      codeOf(create(lab, { upload: crypto.randomUUID(), folder, name: "x", size: 1 }));
    for (const folder of ["out", "~", "~/open", "/tmp", "..", "out/../.."]) {
      assertEquals(await at(folder), "FILE_NOT_ALLOWED", folder);
    }
    assertEquals(await at("nowhere"), "FILE_NOT_FOUND");
    await Deno.symlink(`${lab.home.folder}/open`, `${workspace}/uploads`);
    const upload = crypto.randomUUID();
    assertEquals(await codeOf(create(lab, { upload, name: "x", size: 1 })), "FILE_NOT_ALLOWED");
    assertEquals([...Deno.readDirSync(`${lab.home.folder}/open`)], []);
  });
  await t.step("what cannot fit is refused at once", async () => {
    const params = { upload: crypto.randomUUID(), folder: "", name: "x", size: 8 * 1024 ** 3 };
    const space = await lab.link.ask("uploads.create", params, anna).catch((error) => error);
    if (space instanceof ProtocolError) assertEquals(space.code, "DISK_FULL");
    const many = { ...params, size: 8 * 1024 ** 3 + 1 };
    assertEquals(await codeOf(lab.link.ask("uploads.create", many, anna)), "INVALID_REQUEST");
  });
  await t.step("unfinished ones are bounded", async () => {
    let code = "";
    for (let n = 0; n < 70 && code === ""; n++) {
      const upload = crypto.randomUUID();
      await create(lab, { upload, folder: "", name: "x", size: 1 }).catch((error) => {
        code = error.code;
      });
    }
    assertEquals(code, "LIMIT_REACHED");
  });
});

Deno.test("[FI6] an upload is forgotten a day after its last byte", async () => {
  await using lab = await GatewayLab.open();
  const upload = "d".repeat(20);
  await create(lab, { upload, folder: "", name: "old", size: 10 });
  await lab.stop();
  const part = `${lab.home.workspace}/.old.${upload}.part`;
  const yesterday = new Date(Date.now() - 25 * 3600_000);
  await Deno.utime(part, yesterday, yesterday);
  await lab.start();
  assertEquals(await codeOf(state(lab, upload)), "UPLOAD_NOT_FOUND");
  assert(await Deno.stat(part).then(() => false, () => true));
});

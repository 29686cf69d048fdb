import { assertEquals, assertRejects } from "@std/assert";
import { ProtocolError } from "@chatcode/protocol";
import { Workspace } from "./workspace.ts";

class Folders implements Disposable {
  readonly base = Deno.realPathSync(Deno.makeTempDirSync());
  readonly workspace = Workspace.open(`${this.base}/home/workspace`);

  constructor() {
    for (const path of ["a/b", ".hidden", "z", "B"]) {
      Deno.mkdirSync(`${this.workspace.root}/${path}`, { recursive: true });
    }
    Deno.mkdirSync(`${this.base}/home/workspace-of-another`);
    Deno.mkdirSync(`${this.base}/secret`);
    Deno.writeTextFileSync(`${this.workspace.root}/file`, "");
    Deno.symlinkSync(`${this.base}/secret`, `${this.workspace.root}/out`);
    Deno.symlinkSync("a", `${this.workspace.root}/in`);
    Deno.symlinkSync("nowhere", `${this.workspace.root}/dangling`);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.base, { recursive: true });
  }
}

Deno.test("[SE3] resolve() takes relative and absolute folders of the workspace", async () => {
  using folders = new Folders();
  const { root } = folders.workspace;
  for (const [path, real] of [["", ""], [".", ""], ["a/b", "/a/b"], ["in/b", "/a/b"]]) {
    assertEquals(await folders.workspace.resolve(path as string), root + real);
  }
  assertEquals(await folders.workspace.resolve(`${root}/a`), `${root}/a`);
  assertEquals(await folders.workspace.resolve("a/../z"), `${root}/z`);
});

Deno.test("[SE3] resolve() refuses what lies outside, by whatever way, and what is no folder", async () => {
  using folders = new Folders();
  const { root } = folders.workspace;
  const outside = [
    "..",
    "../..",
    "/",
    "/etc",
    "out",
    `${root}/../workspace-of-another`,
    "/nowhere",
  ];
  for (const path of [...outside, "../nowhere", `${root}/../nowhere`]) {
    const error = await assertRejects(() => folders.workspace.resolve(path), ProtocolError);
    assertEquals(error.code, "FOLDER_NOT_ALLOWED", path);
  }
  for (const path of ["nowhere", "file", "dangling", "a/nowhere", `${root}/nowhere`, "a\0b"]) {
    const error = await assertRejects(() => folders.workspace.resolve(path), ProtocolError);
    assertEquals(error.code, "FOLDER_NOT_FOUND", path);
  }
});

Deno.test("[FO1] list() gives folders, sorted, no hidden ones, no links that lead out", async () => {
  using folders = new Folders();
  assertEquals(await folders.workspace.list(""), {
    path: "",
    folders: ["B", "a", "in", "z"],
    truncated: false,
  });
  assertEquals(await folders.workspace.list("in"), { path: "a", folders: ["b"], truncated: false });
  const error = await assertRejects(() => folders.workspace.list("out"), ProtocolError);
  assertEquals(error.code, "FOLDER_NOT_ALLOWED");
});

Deno.test("[FO1] list() stops at a thousand and says so", async () => {
  using folders = new Folders();
  for (let i = 0; i < 1_001; i++) Deno.mkdirSync(`${folders.workspace.root}/a/b/${i}`);
  const { folders: names, truncated } = await folders.workspace.list("a/b");
  assertEquals([names.length, truncated], [1_000, true]);
});

Deno.test("a workspace may itself be reached by a symlink", async () => {
  using folders = new Folders();
  Deno.symlinkSync(`${folders.base}/home/workspace`, `${folders.base}/link`);
  const workspace = Workspace.open(`${folders.base}/link`);
  assertEquals(await workspace.resolve("a"), `${folders.workspace.root}/a`);
  assertEquals(await workspace.resolve(`${folders.base}/link/a`), `${folders.workspace.root}/a`);
});

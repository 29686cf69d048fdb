import { assertEquals, assertStringIncludes } from "@std/assert";
import { ProtocolError } from "@chatcode/protocol";
import { crumbs, folderOf, whyNot } from "./use_folder.ts";

Deno.test("the way to a folder begins at the workspace, or at the root outside of it", () => {
  const way = (path: string) =>
    crumbs(path, "/home/ada/work").map(({ name, path }) => [name, path]);
  assertEquals(way("/home/ada/work"), [["workspace", "/home/ada/work"]]);
  assertEquals(way("/home/ada/work/a/b"), [
    ["workspace", "/home/ada/work"],
    ["a", "/home/ada/work/a"],
    ["b", "/home/ada/work/a/b"],
  ]);
  assertEquals(way("/home/ada/workshop"), [
    ["home", "/home"],
    ["ada", "/home/ada"],
    ["workshop", "/home/ada/workshop"],
  ]);
});

Deno.test("folderOf() is what holds it", () => {
  assertEquals(["/a/b.txt", "/a", "/"].map(folderOf), ["/a", "/", "/"]);
});

Deno.test("whyNot() says what is missing or forbidden", () => {
  assertStringIncludes(whyNot(new ProtocolError("FILE_NOT_FOUND", "x")), "nothing of that name");
  assertStringIncludes(whyNot(new ProtocolError("FILE_NOT_ALLOWED", "x")), "may not be shown");
  assertEquals(whyNot(new ProtocolError("TIMEOUT", "The machine is slow")), "The machine is slow");
  assertEquals(whyNot(new Error("secret")), "That did not work.");
});

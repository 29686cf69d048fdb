/**
 * `swapper.ts FOLDER OUTSIDE`: until it is killed, changes what paths in FOLDER lead to, between what
 * may be read and what lies in OUTSIDE, as fast as it can.
 * @module
 */
const [folder = "", outside = ""] = Deno.args;
const inside = `${folder}/inside`;

/** Puts a link there in one step. */
function point(path: string, target: string): void {
  Deno.symlinkSync(target, `${path}.new`);
  Deno.renameSync(`${path}.new`, path);
}

console.log("swapping");
for (;;) {
  // A link to a file, a link to a folder, a file or a link, a folder or a link.
  point(`${folder}/file-link`, `${inside}/a.txt`);
  point(`${folder}/folder-link`, inside);
  Deno.writeTextFileSync(`${folder}/plain.new`, "fine");
  Deno.renameSync(`${folder}/plain.new`, `${folder}/plain`);
  Deno.renameSync(`${folder}/kept`, `${folder}/moved`);
  Deno.symlinkSync(outside, `${folder}/kept`);
  point(`${folder}/file-link`, `${outside}/a.txt`);
  point(`${folder}/folder-link`, outside);
  point(`${folder}/plain`, `${outside}/a.txt`);
  Deno.removeSync(`${folder}/kept`);
  Deno.renameSync(`${folder}/moved`, `${folder}/kept`);
}

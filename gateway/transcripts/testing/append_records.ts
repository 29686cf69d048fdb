/** Appends records to a file at an even pace: `path fixture perSecond seconds`. */
const [path = "", fixture = "", perSecond = "0", seconds = "0"] = Deno.args;
const lines = (await Deno.readTextFile(fixture)).split("\n").filter((line) => line !== "");
using file = await Deno.open(path, { append: true });
const startedMs = performance.now();
const total = Number(perSecond) * Number(seconds);
for (let written = 0; written < total;) {
  const due = Math.min(total, (performance.now() - startedMs) / 1000 * Number(perSecond));
  for (; written < due; written++) {
    // Ids of its own make each record news.
    const line = lines[written % lines.length]?.replaceAll(/"(uuid|id)":"/g, `$&${written}-`);
    file.writeSync(new TextEncoder().encode(line + "\n"));
  }
  await new Promise((resolve) => setTimeout(resolve, 1));
}

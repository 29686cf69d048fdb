import { assertEquals } from "@std/assert";
import { turn } from "@chatcode/protocol";
import { fixtureRecords, newReader, TRANSCRIPTS, upsert } from "./testdata/fixtures.ts";

const WRITE = Deno.env.get("CHATCODE_WRITE_GOLDEN") === "1";

for (const fixture of TRANSCRIPTS) {
  Deno.test(`the turns of ${fixture.path} are the golden ones`, async () => {
    const reader = newReader(fixture);
    const turns = fixtureRecords(fixture.path).flatMap((record) => reader.push(record));
    for (const each of turns) turn.parse(each);
    assertEquals(reader.skipped, 0);
    const told = [...upsert(turns).values()];
    const path = new URL(
      `testdata/${fixture.path.replace(/\.jsonl$/, ".turns.json")}`,
      import.meta.url,
    );
    if (WRITE) await Deno.writeTextFile(path, JSON.stringify(told, undefined, 2) + "\n");
    assertEquals(told, JSON.parse(await Deno.readTextFile(path)));
  });
}

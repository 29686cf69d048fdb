import { assert, assertEquals, assertRejects } from "@std/assert";
import { skipWhen } from "../../kit/testing/skip.ts";
import { mountTmpfs, whyNoTmpfs } from "../../relay/kv/testing/tmpfs.ts";
import { FileSite } from "./file_site.ts";

const MB = 1024 ** 2;
/** What the gateway leaves free, and a little. */
const DISK_BYTES = 100 * MB;

Deno.test({
  ...skipWhen(
    "[FI6] [FI7] a full disk is told clearly, and an upload goes on after it",
    await whyNoTmpfs(),
  ),
  async fn() {
    await using files = await FileSite.start();
    await Deno.mkdir(files.path("disk"));
    await using disk = await mountTmpfs(files.path("disk"), `size=${DISK_BYTES}`);
    assert(disk !== undefined);
    // Too large for what is free: said before the first byte.
    const refused = await assertRejects(() => files.begin("large.bin", 60 * MB, "disk"), Error);
    assert(refused.message.startsWith("POST: 507"), refused.message);
    assert(refused.message.includes("DISK_FULL"), refused.message);

    // It fits when it begins; then others fill the disk.
    const content = new Uint8Array(20 * MB).fill(7);
    const upload = await files.begin("fits.bin", content.length, "disk");
    await Deno.writeFile(files.path("disk/other"), new Uint8Array(90 * MB));
    const put = (offset: number) =>
      files.api("PUT", upload, content.subarray(offset), {
        headers: { "upload-offset": String(offset) },
      });
    const full = await put(0);
    assertEquals([full.status, (await full.json()).error.code], [507, "DISK_FULL"]);

    await Deno.remove(files.path("disk/other"));
    const offset = await files.offset(upload) ?? 0;
    assert(offset > 0 && offset < content.length, `${offset}`);
    const done = await put(offset);
    assertEquals(done.status, 200);
    assertEquals(await Deno.readFile((await done.json()).path), content);
  },
});

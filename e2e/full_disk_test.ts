import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { skipWhen } from "../kit/testing/skip.ts";
import { Child } from "./harness/child.ts";
import { Relay } from "./harness/relay.ts";
import { entry } from "./harness/root.ts";

const DISK_BYTES = 1024 * 1024;

Deno.test({
  ...skipWhen("a full disk: the relay says so and goes on serving", await cannotMount()),
  async fn() {
    await using disk = await Disk.mount();
    await using relay = await Relay.start({ data: `${disk.path}/data` });
    const before = await relay.createGateway("before");

    await disk.fill();
    // The database has a little room of its own left: what does not fit any more says why.
    const error = await assertRejects(async () => {
      for (let i = 0; i < 2_000; i++) await relay.admin("create-api-token", "--name", `t${i}`);
    });
    assertStringIncludes(String(error), "the disk is full");
    assertEquals((await fetch(`${relay.url}/healthz`).then((r) => r.json())).status, "ok");

    await disk.free();
    const after = await relay.createGateway("after");
    assert(after.id !== before.id);
  },
});

Deno.test({
  ...skipWhen("a full disk: a relay that cannot open its store says so", await cannotMount()),
  async fn() {
    await using disk = await Disk.mount();
    await Deno.mkdir(`${disk.path}/data`);
    await disk.fill();
    const child = new Child("relay", {
      args: ["run", "-A", entry("relay/main.ts"), "--port", "0", "--data", `${disk.path}/data`],
    });
    assertEquals((await child.ended()).code, 1, child.tail());
    assertStringIncludes(child.tail(), "the disk is full");
  },
});

/** A disk of its own, small enough to be filled. */
class Disk implements AsyncDisposable {
  private constructor(readonly path: string) {}

  static async mount(): Promise<Disk> {
    const path = await Deno.makeTempDir({ prefix: "cc-disk-" });
    if (!await mount(path)) throw new Error("Cannot mount a small disk");
    return new Disk(path);
  }

  async fill(): Promise<void> {
    using file = await Deno.open(`${this.path}/filler`, { create: true, append: true });
    for (const size of [4096, 1]) {
      try {
        for (;;) await file.write(new Uint8Array(size));
      } catch {
        // Full, but for less than this size.
      }
    }
  }

  async free(): Promise<void> {
    await Deno.remove(`${this.path}/filler`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Deno.Command("umount", { args: ["-l", this.path] }).output();
    await Deno.remove(this.path);
  }
}

async function mount(path: string): Promise<boolean> {
  const args = ["-t", "tmpfs", "-o", `size=${DISK_BYTES}`, "tmpfs", path];
  try {
    return (await new Deno.Command("mount", { args }).output()).success;
  } catch {
    return false;
  }
}

async function cannotMount(): Promise<string | undefined> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return "only root on Linux can mount a disk";
  const path = await Deno.makeTempDir({ prefix: "cc-disk-" });
  try {
    if (!await mount(path)) return "this machine lets nobody mount a disk";
    await new Deno.Command("umount", { args: [path] }).output();
    return undefined;
  } finally {
    await Deno.remove(path);
  }
}

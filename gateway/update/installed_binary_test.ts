import { assertEquals, assertRejects } from "@std/assert";
import { ExitError } from "../exit_status.ts";
import { InstalledBinary, versionOf } from "./installed_binary.ts";

const program = (version: string, id = "0".repeat(32)) =>
  `#!/bin/sh\nid='${id}'\necho '{"version":"${version}"}'\n`;

class Prefix implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "cc-prefix-" });
  readonly places = {
    binary: `${this.folder}/bin/chatcode-gateway`,
    lib: `${this.folder}/lib/chatcode-gateway`,
  };
  readonly installed = new InstalledBinary(this.places);

  constructor() {
    Deno.mkdirSync(`${this.folder}/bin`);
    Deno.mkdirSync(this.places.lib, { recursive: true });
    Deno.writeTextFileSync(this.places.binary, program("1.0.0", "a".repeat(32)), { mode: 0o755 });
  }

  next(text: string): void {
    Deno.writeTextFileSync(this.installed.nextPath, text, { mode: 0o755 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

Deno.test("a new program takes the place of the old one, and gives it back", async () => {
  await using prefix = new Prefix();
  const { installed, places } = prefix;
  prefix.next(program("2.0.0"));
  await installed.probeNext("2.0.0");
  await installed.swapIn("2.0.0");
  assertEquals(await versionOf(places.binary), "2.0.0");
  assertEquals(await versionOf(`${places.lib}/previous`), "1.0.0");
  assertEquals(new InstalledBinary(places).unconfirmed, "2.0.0", "a crash now is found later");
  await installed.swapBack();
  assertEquals(await versionOf(places.binary), "1.0.0");
  assertEquals([installed.unconfirmed, installed.refused], [undefined, "2.0.0"]);
});

Deno.test("what is confirmed stays, and what older versions unpacked goes", async () => {
  await using prefix = new Prefix();
  const { installed, places } = prefix;
  const [old, gone] = ["a".repeat(32), "c".repeat(32)];
  for (const id of [old, gone]) Deno.mkdirSync(`${places.lib}/${id}`);
  prefix.next(program("2.0.0", "b".repeat(32)));
  await installed.swapIn("2.0.0");
  Deno.mkdirSync(`${places.lib}/${"b".repeat(32)}`);
  await installed.confirm("2.0.0");
  assertEquals([installed.unconfirmed, installed.refused], [undefined, undefined]);
  const left = [...Deno.readDirSync(places.lib)].map(({ name }) => name).toSorted();
  assertEquals(left, [old, "b".repeat(32), "previous"]);
});

Deno.test("a program that does not start, or is another version, is not swapped in", async () => {
  await using prefix = new Prefix();
  const { installed, places } = prefix;
  for (const text of ["#!/bin/sh\nexit 1\n", "no program", program("3.0.0")]) {
    prefix.next(text);
    const end = await assertRejects(() => installed.probeNext("2.0.0"), ExitError) as ExitError;
    assertEquals(end.exit, "unverified");
    assertEquals([...Deno.readDirSync(`${prefix.folder}/bin`)].length, 1);
  }
  assertEquals(await versionOf(places.binary), "1.0.0");
});

Deno.test("one update at a time", async () => {
  await using prefix = new Prefix();
  {
    using _first = await prefix.installed.lock();
    const other = new InstalledBinary(prefix.places);
    await assertRejects(() => other.lock(), ExitError, "Another update");
  }
  using _next = await prefix.installed.lock();
});

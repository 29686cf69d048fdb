import { assertEquals, assertRejects } from "@std/assert";
import { skipWhen } from "../../kit/testing/skip.ts";
import { findProgram, run, thisMachine } from "../machine.ts";
import { ReleaseKey } from "./release_key.ts";

const machine = thisMachine();
const hasOpenssl = await findProgram(machine, "openssl");
const hasSshKeygen = await findProgram(machine, "ssh-keygen");

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "cc-key-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const LIST = new TextEncoder().encode(`${"0".repeat(64)}  file\n`);

Deno.test({
  ...skipWhen("a release's signature is what openssl takes", hasOpenssl ? undefined : "no openssl"),
  fn: () =>
    inFolder(async (folder) => {
      const key = await ReleaseKey.parse(await ReleaseKey.generate());
      await Deno.writeTextFile(`${folder}/key`, key.publicPem);
      await Deno.writeFile(`${folder}/list`, LIST);
      await Deno.writeFile(`${folder}/sig`, await key.sign(LIST));
      const verify = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", `${folder}/key`]
        .concat("-rawin", "-in", `${folder}/list`, "-sigfile", `${folder}/sig`);
      assertEquals((await run(machine, verify)).ok, true);
      await Deno.writeTextFile(`${folder}/list`, "x", { append: true });
      assertEquals((await run(machine, verify)).ok, false);
    }),
});

Deno.test({
  ...skipWhen(
    "a release's other signature is what ssh-keygen takes",
    hasSshKeygen ? undefined : "no ssh-keygen",
  ),
  fn: () =>
    inFolder(async (folder) => {
      const key = await ReleaseKey.parse(await ReleaseKey.generate());
      await Deno.writeTextFile(`${folder}/signers`, `release ${key.publicSsh}\n`);
      await Deno.writeTextFile(`${folder}/sig`, await key.signForSsh(LIST, "chatcode-release"));
      await Deno.writeFile(`${folder}/list`, LIST);
      const verify = (namespace: string) =>
        run(machine, [
          "sh",
          "-c",
          `ssh-keygen -Y verify -f ${folder}/signers -I release -n ${namespace} -s ${folder}/sig <${folder}/list`,
        ]);
      assertEquals((await verify("chatcode-release")).output.startsWith("Good"), true);
      assertEquals((await verify("another")).ok, false);
      await Deno.writeTextFile(`${folder}/list`, "x", { append: true });
      assertEquals((await verify("chatcode-release")).ok, false);
    }),
});

Deno.test("a key that is none is told", async () => {
  await assertRejects(() => ReleaseKey.parse("nonsense"), RangeError);
});

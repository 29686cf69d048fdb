import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ExitError } from "../exit_status.ts";
import { Release, type ReleaseSource } from "./release.ts";
import { ReleaseServer } from "./testing/release_server.ts";

const PROGRAM = "chatcode-gateway-linux-x64";

async function refusal(work: () => Promise<unknown>): Promise<ExitError> {
  return await assertRejects(work, ExitError) as ExitError;
}

Deno.test("a signed release is downloaded, executable, by its version or as the latest", async () => {
  await using server = await ReleaseServer.start("1.2.3", { [PROGRAM]: "#!/bin/sh\n" });
  const folder = await Deno.makeTempDir({ prefix: "cc-release-" });
  try {
    for (const wanted of ["latest", "1.2.3", "v1.2.3"]) {
      const release = await Release.open(server, wanted);
      assertEquals(release.version, "1.2.3");
      await release.download(PROGRAM, `${folder}/program`);
      assertEquals(await Deno.readTextFile(`${folder}/program`), "#!/bin/sh\n");
      assertEquals(((await Deno.stat(`${folder}/program`)).mode ?? 0) & 0o777, 0o755);
    }
    const missing = await Release.open(server, "latest");
    const end = await refusal(() => missing.download("chatcode-gateway-plan9", `${folder}/x`));
    assertStringIncludes(end.message, "not for this machine");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a release that is not what was signed is refused, and nothing is left", async () => {
  const folder = await Deno.makeTempDir({ prefix: "cc-release-" });
  const spoil: Record<string, (server: ReleaseServer) => ReleaseSource> = {
    "another key's signature": ({ url }) => ({ url, publicKey: OTHER_KEY }),
    "no key at all": ({ url }) => ({ url, publicKey: "" }),
    "a changed list": (server) => {
      server.files.set("SHA256SUMS", new TextEncoder().encode(`${"0".repeat(64)}  ${PROGRAM}\n`));
      return server;
    },
    "another version's file": (server) => {
      server.files.set("VERSION", new TextEncoder().encode("9.9.9\n"));
      return server;
    },
    "a program that was cut off": (server) => {
      server.files.set(PROGRAM, new TextEncoder().encode("#!/bi"));
      return server;
    },
  };
  try {
    for (const [what, change] of Object.entries(spoil)) {
      await using server = await ReleaseServer.start("1.2.3", { [PROGRAM]: "#!/bin/sh\n" });
      const end = await refusal(async () => {
        const release = await Release.open(change(server), "latest");
        await release.download(PROGRAM, `${folder}/program`);
      });
      assertEquals(end.exit, "unverified", what);
      assertEquals([...Deno.readDirSync(folder)], [], what);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("an older release cannot be served in place of the one asked for", async () => {
  await using server = await ReleaseServer.start("1.0.0", {});
  const lying = { url: server.url, publicKey: server.publicKey };
  const files = ["SHA256SUMS", "SHA256SUMS.sig", "VERSION"];
  for (const file of files) server.files.set(`/download/v2.0.0/${file}`, server.files.get(file)!);
  assertEquals((await refusal(() => Release.open(lying, "2.0.0"))).exit, "unverified");
});

Deno.test("a server that is not there or says no is told from a release that is not genuine", async () => {
  await using server = await ReleaseServer.start("1.2.3", {});
  const none = { url: "http://127.0.0.1:1", publicKey: server.publicKey };
  assertEquals((await refusal(() => Release.open(none, "latest"))).exit, "failure");
  assertStringIncludes((await refusal(() => Release.open(server, "3.0.0"))).message, "404");
  assertEquals((await refusal(() => Release.open(server, "newest"))).exit, "usage");
});

const OTHER_KEY = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
-----END PUBLIC KEY-----
`;

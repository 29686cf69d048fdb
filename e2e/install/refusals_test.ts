import { assertEquals, assertStringIncludes } from "@std/assert";
import { skipWhen } from "../../kit/testing/skip.ts";
import { treeDiff } from "./harness/container.ts";
import { InstallLab } from "./harness/install_lab.ts";
import { findRootFs } from "./harness/root_fs.ts";

const { rootFs, missing } = await findRootFs();

Deno.test({
  ...skipWhen("what cannot be installed is refused before anything is changed", missing),
  async fn(t) {
    await using lab = await InstallLab.open({ lower: rootFs?.withPackages ?? [] });
    const { container, releases } = lab;
    const version =
      (await Deno.readTextFile(`${releases.dist}/build/../${await newest(releases.dist)}/VERSION`))
        .trim();
    const folder = `${releases.dist}/v${version}`;
    const asset = [...Deno.readDirSync(folder)].map(({ name }) => name)
      .find((name) => /^chatcode-gateway-\w+-\w+$/.test(name)) ?? "";
    const before = await container.tree();

    const refused = async (code: number, words: string, command: string) => {
      const end = await container.sh(command);
      assertEquals(end.code, code, end.stdout + end.stderr);
      assertStringIncludes(end.stderr, words);
      assertEquals(treeDiff(before, await container.tree()), [], "it left something behind");
    };
    /** With one of the release's files changed for the time of it. */
    const spoilt = async (
      file: string,
      change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>,
      work: () => Promise<void>,
    ) => {
      const kept = await Deno.readFile(`${folder}/${file}`);
      await Deno.writeFile(`${folder}/${file}`, change(kept));
      try {
        await work();
      } finally {
        await Deno.writeFile(`${folder}/${file}`, kept);
      }
    };
    const flipped = (bytes: Uint8Array<ArrayBuffer>) => {
      const other = bytes.slice();
      other[other.length - 10]! ^= 1;
      return other;
    };
    const flags = "--no-agents";

    await t.step(
      "a program that was changed: 6",
      () =>
        spoilt(
          asset,
          flipped,
          () => refused(6, "does not match its signed checksum", lab.command(flags)),
        ),
    );
    await t.step(
      "a download that was cut off: 6",
      () =>
        spoilt(
          asset,
          (bytes) => bytes.slice(0, 1_000_000),
          () => refused(6, "cut off on the way", lab.command(flags)),
        ),
    );
    await t.step(
      "another signature: 6",
      () =>
        spoilt(
          "SHA256SUMS.sig",
          flipped,
          () => refused(6, "not signed by our key", lab.command(flags)),
        ),
    );
    await t.step(
      "a checksum list that was changed: 6",
      () =>
        spoilt(
          "SHA256SUMS",
          flipped,
          () => refused(6, "not signed by our key", lab.command(flags)),
        ),
    );
    await t.step(
      "another version than the one asked for: 5",
      () => refused(5, "Cannot download", lab.command(`${flags} --version v9.9.9`)),
    );
    await t.step(
      "no release there: 5",
      () => refused(5, "Cannot download", `${lab.command(flags)} --release-url http://127.0.0.1:1`),
    );
    await t.step(
      "no relay there: 5",
      () => refused(5, "cannot be reached", `${lab.command(flags)} --cp-url http://127.0.0.1:1`),
    );
    await t.step(
      "a token that the relay refuses: 8",
      () => refused(8, "refuses the token", lab.command(flags, { token: "ccg_wrong-token" })),
    );

    const fakeUname = (system: string, machine: string) =>
      `mkdir -p /tmp/fake && printf '#!/bin/sh\\ncase $1 in -m) echo ${machine};; *) echo ${system};; esac\\n' ` +
      `>/tmp/fake/uname && chmod +x /tmp/fake/uname && export PATH=/tmp/fake:$PATH; `;
    await t.step(
      "another system: 3",
      () => refused(3, "is not supported", fakeUname("FreeBSD", "amd64") + lab.command(flags)),
    );
    await t.step(
      "another processor: 3",
      () =>
        refused(3, "riscv64, is not supported", fakeUname("Linux", "riscv64") + lab.command(flags)),
    );
    await t.step(
      "a release without a program for this processor: 3",
      () =>
        refused(3, "is not for this machine", fakeUname("Linux", "aarch64") + lab.command(flags)),
    );

    await t.step("not root: 4", async () => {
      await Deno.copyFile(`${folder}/install.sh`, `${container.root}/var/tmp/install.sh`);
      const run =
        `sh /var/tmp/install.sh --gateway-id x --cp-url ${lab.relay.url} --gateway-auth-token abcdefgh ` +
        `--release-url ${releases.url}`;
      await refused(4, "Run this as root", `runuser -u nobody -- ${run}`);
    });
    await t.step("flags that are none, or not valid: 2", async () => {
      await refused(2, "is no flag", lab.command("--no-agent"));
      await refused(2, "needs a value", lab.command("--version"));
      await refused(2, "not valid", lab.command("--version 'v1;id'"));
      await refused(2, "https://", `${lab.command(flags)} --cp-url http://relay.example`);
      await refused(2, "not valid", `${lab.command(flags)} --user 'a b'`);
      await refused(2, "has a space", lab.command(flags, { token: "'abc def'" }));
    });
    await t.step("a disk without room: 7", async () => {
      await container.must("mount -t tmpfs -o size=50m tmpfs /usr/local");
      try {
        const end = await container.sh(lab.command(flags));
        assertEquals(end.code, 7, end.stdout + end.stderr);
        assertStringIncludes(end.stderr, "Not enough room");
      } finally {
        await container.must("umount /usr/local");
      }
      assertEquals(treeDiff(before, await container.tree()), []);
    });
    await t.step(
      "a disk that fills up while the program is put in place: 7, what runs is not touched",
      async () => {
        // The first look is fooled: another process takes the room afterwards.
        await container.must("mount -t tmpfs -o size=90m tmpfs /usr/local");
        try {
          const eager = lab.command(flags)
            .replace(
              /curl -fsSL (\S+)\)"/,
              `curl -fsSL $1 | sed s/^NEED_LIB_KB=.*/NEED_LIB_KB=1/)"`,
            );
          const end = await container.sh(eager);
          assertEquals(end.code, 7, end.stdout + end.stderr);
          assertStringIncludes(end.stderr, "is the disk full?");
          assertEquals((await container.sh("ls /usr/local/bin/chatcode-gateway")).code, 2);
        } finally {
          await container.must("umount /usr/local");
        }
      },
    );
    await t.step("what that half-done install left is taken away by cleanup.sh", async () => {
      await Deno.copyFile(`${folder}/cleanup.sh`, `${container.root}/var/tmp/cleanup.sh`);
      await container.must("sh /var/tmp/cleanup.sh --yes");
      assertEquals(withoutBackups(treeDiff(before, await container.tree())), []);
    });
    await t.step("a user of that name that is not ours: 9; by name it is taken", async () => {
      await container.must("useradd --create-home --gid users vibe");
      const end = await container.sh(lab.command(flags));
      assertEquals(end.code, 9, end.stdout + end.stderr);
      assertStringIncludes(end.stderr, "exists already");
      const taken = await lab.install(`${flags} --existing-user`);
      assertEquals(taken.code, 0, taken.stdout + taken.stderr);
      await lab.online();
      await lab.type(await lab.startSession(), "id -gn; sudo id -un", "root");
      assertEquals(await container.must("stat -c %G /var/log/chatcode/sudo-vibe.log"), "users");
      const left = await container.must("sh /var/tmp/cleanup.sh --yes");
      assertStringIncludes(left, "install.sh did not make them");
      assertEquals(await container.must("id -un vibe"), "vibe");
      await container.must("userdel vibe && rm -rf /home/vibe");
    });
    await t.step("another install at the same time: 10", async () => {
      const script =
        "sleep 60 & mkdir /run/chatcode-install.lock; echo $! >/run/chatcode-install.lock/pid; ";
      const end = await container.sh(
        `${script} ${
          lab.command(flags)
        }; code=$?; kill $!; rm -rf /run/chatcode-install.lock; exit $code`,
      );
      assertEquals(end.code, 10, end.stdout + end.stderr);
    });
    await t.step("an install that was killed half-way is taken up by the next", async () => {
      // It is killed when it comes to its services: by then there are user, sudo and program.
      const fake =
        "mkdir -p /tmp/kill && printf '#!/bin/sh\\nkill -9 $PPID\\n' >/tmp/kill/systemctl && " +
        "chmod +x /tmp/kill/systemctl; PATH=/tmp/kill:$PATH; ";
      const end = await container.sh(fake + lab.command(flags));
      assertEquals(end.code, 137, end.stdout + end.stderr);
      assertEquals((await container.sh("id vibe")).code, 0);
      assertEquals((await lab.install(flags)).code, 0);
      await lab.online();
    });
  },
});

/** useradd and userdel keep copies of the files they change. */
function withoutBackups(diff: readonly string[]): string[] {
  return diff.filter((line) =>
    !/ \/etc\/(passwd|group|shadow|gshadow|subuid|subgid)-?( |$)/.test(line)
  );
}

async function newest(dist: string): Promise<string> {
  for await (const { name } of Deno.readDir(dist)) if (name.startsWith("v")) return name;
  throw new Error(`No release in ${dist}`);
}

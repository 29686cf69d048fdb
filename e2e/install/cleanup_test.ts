import { assertEquals, assertStringIncludes } from "@std/assert";
import { skipWhen } from "../../kit/testing/skip.ts";
import { treeDiff } from "./harness/container.ts";
import { InstallLab } from "./harness/install_lab.ts";
import { findRootFs } from "./harness/root_fs.ts";

const { rootFs, missing } = await findRootFs();

Deno.test({
  ...skipWhen("cleanup.sh leaves the system as it was before, for each flag, and twice", missing),
  async fn(t) {
    await using lab = await InstallLab.open({ lower: rootFs?.withPackages ?? [] });
    const { container, releases } = lab;
    await container.must("logrotate /etc/logrotate.conf"); // as every system does once a day
    const before = await container.tree();

    /** Installed and used: sessions, sudo, rotation, helpers, hooks. */
    const use = async () => {
      await lab.mustInstall();
      await lab.online();
      const session = await lab.startSession();
      await lab.type(session, "sudo id -un; echo work >workspace-file", "root");
      await container.must("logrotate -f /etc/logrotate.d/chatcode");
      await container.must(
        `chatcode-gateway call agents.change-hooks --params '{"agent":"claude","action":"install"}'`,
      );
      await container.must("chatcode-gateway doctor");
      await container.must("systemctl start chatcode-maintenance.service");
    };
    const cleanup = async (flags: string) =>
      await container.sh(
        `sh -c "$(curl -fsSL ${releases.url}/latest/download/cleanup.sh)" cleanup.sh --yes ${flags}`,
      );
    const diff = async () => {
      const lines = treeDiff(before, await container.tree());
      console.log(lines.length === 0 ? "differences: none" : `differences:\n${lines.join("\n")}`);
      return lines.filter((line) => !BACKUPS.test(line));
    };

    await t.step("it asks, and without an answer it does nothing", async () => {
      await lab.mustInstall();
      const end = await container.sh(`curl -fsSL ${releases.url}/latest/download/cleanup.sh | sh`);
      assertEquals(end.code, 1, end.stdout);
      assertStringIncludes(end.stderr, "pass --yes");
      assertEquals(await lab.isOnline(), true);
    });

    await t.step("a dry run changes nothing", async () => {
      const tree = await container.tree();
      assertEquals((await cleanup("--dry-run")).code, 0);
      const changes = treeDiff(tree, await container.tree());
      assertEquals(changes.filter((line) => !/gateway\.|sudo-vibe/.test(line)), []);
    });

    await t.step("--yes: everything goes, the user too", async () => {
      await use();
      const end = await cleanup("");
      assertEquals(end.code, 0, end.stdout + end.stderr);
      assertEquals(await diff(), []);
      assertEquals((await container.sh("id vibe; pgrep -x tmux")).stdout, "");
    });

    await t.step("twice is fine", async () => {
      const end = await cleanup("");
      assertEquals(
        [end.code, end.stdout],
        [0, "Nothing of Chatcode is installed here\n"],
        end.stderr,
      );
      assertEquals(await diff(), []);
    });

    await t.step("--keep-workspace: the workspace stays, the user does not", async () => {
      await use();
      const end = await cleanup("--keep-workspace");
      assertEquals(end.code, 0, end.stdout + end.stderr);
      assertStringIncludes(end.stdout, "/home/vibe/workspace");
      const left = (await diff()).map((line) =>
        line.split(" ").find((word) => word.startsWith("/"))
      );
      assertEquals(
        [...new Set(left)].toSorted(),
        ["/home", "/home/vibe", "/home/vibe/workspace"]
          .concat("/home/vibe/workspace/workspace-file").filter((path) => path !== "/home"),
      );
      await container.must("rm -rf /home/vibe");
    });

    await t.step(
      "--keep-user: the user stays with its home, without sudo, without our hooks",
      async () => {
        await use();
        const end = await cleanup("--keep-user");
        assertEquals(end.code, 0, end.stdout + end.stderr);
        const left = (await diff()).filter((line) => !line.includes("/home/vibe"));
        assertEquals(left.map((line) => line.replace(/ .*?(\/\S+).*/, " $1")), []);
        assertEquals((await container.asUser("sudo -n id")).code, 1);
        assertEquals(
          (await container.sh("grep -rl chatcode /home/vibe --include=*.json")).stdout,
          "",
        );
        assertEquals(
          (await container.sh("ls -A /home/vibe/.cache /home/vibe/.local/share")).stdout.includes(
            "chatcode",
          ),
          false,
        );
      },
    );
  },
});

/** Copies that useradd and userdel keep of the files they change, and the accounts themselves. */
const BACKUPS = /\/etc\/(passwd|group|shadow|gshadow|subuid|subgid)-?( |$)/;

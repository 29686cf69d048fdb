import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { skipWhen } from "../../kit/testing/skip.ts";
import { entry } from "../harness/root.ts";
import { InstallLab } from "./harness/install_lab.ts";
import { findRootFs } from "./harness/root_fs.ts";

const { rootFs, missing } = await findRootFs();
const LOG = "/var/log/chatcode/sudo-vibe.log";

Deno.test({
  ...skipWhen(
    "one pasted command on a bare Debian: connected, and everything in its place",
    missing,
  ),
  async fn(t) {
    await using lab = await InstallLab.open({ lower: rootFs?.bare ?? [] });
    const { container } = lab;

    await t.step("a first install brings the machine online", async () => {
      const end = await lab.mustInstall("");
      const online = /online after (\d+) s/.exec(end.stdout)?.[1];
      console.log(
        `first install: online after ${online} s, with agents ${Math.round(end.ms / 1000)} s`,
      );
      await lab.online();
      assertEquals(end.stderr.includes("WARNING"), false, end.stderr);
    });

    await t.step("a session opened from the relay is vibe's, in its workspace", async () => {
      const session = await lab.startSession();
      await lab.type(session, "id -un; pwd", "vibe");
      await lab.type(session, "echo $HOME/$((40+2))", "/home/vibe/42");
    });

    await t.step("agents are installed for vibe", async () => {
      for (const program of ["claude", "codex"]) {
        const { stdout } = await container.asUser(
          `HOME=/home/vibe /home/vibe/.local/bin/${program} --version`,
        );
        assertMatch(stdout, /\d+\.\d+\.\d+/, program);
      }
      const session = await lab.startSession();
      await lab.type(session, "command -v claude codex", "/home/vibe/.local/bin/codex");
    });

    await t.step(
      "a re-install is quick, changes nothing that it need not, and needs no flags",
      async () => {
        const before = await container.must("cat /etc/chatcode/gateway.env");
        const url = `${lab.releases.url}/latest/download/install.sh`;
        const end = await container.sh(`curl -fsSL ${url} | sh -s -- --no-agents`);
        assertEquals(end.code, 0, end.stdout + end.stderr);
        console.log(`re-install: ${(end.ms / 1000).toFixed(1)} s`);
        await lab.online();
        assertEquals(await container.must("cat /etc/chatcode/gateway.env"), before);
        assertEquals((await container.sh("dpkg -l sudo")).code, 0);
      },
    );

    await t.step("a program of one's own is installed by install.sh as it lies here", async () => {
      const { dist } = lab.releases;
      const [asset] = [...Deno.readDirSync(`${dist}/build`)].map(({ name }) => name);
      await Deno.copyFile(entry("install.sh"), `${container.root}/var/tmp/install.sh`);
      await Deno.copyFile(`${dist}/build/${asset}`, `${container.root}/var/tmp/mine`);
      const script = "sh /var/tmp/install.sh --binary-source /var/tmp/mine --no-agents";
      assertStringIncludes(await container.must(script), "nobody vouches for it but you");
      await lab.online();
      const unsigned = await container.sh("sh /var/tmp/install.sh --no-agents");
      assertEquals(unsigned.code, 2, unsigned.stdout);
      assertStringIncludes(unsigned.stderr, "has no release key in it");
    });

    await t.step(
      "the token is nowhere that sessions, agents or other users could read it",
      async () => {
        const { token } = lab.credentials;
        const session = await lab.startSession();
        await lab.type(session, "env | grep -c 'CHATCODE\\|ccg_'; echo end", "0\r\nend");
        const pid = await lab.mainPid("chatcode-gateway");
        const look =
          `for f in environ maps mem fd/0; do cat /proc/${pid}/$f >/dev/null 2>&1 && echo $f; done; ` +
          `cat /etc/chatcode/gateway.env /proc/${pid}/fd/0 2>&1 | grep -c ccg_; echo end`;
        assertEquals((await container.asUser(look)).stdout, "0\nend\n");
        const places = "/proc/[0-9]*/environ /proc/[0-9]*/cmdline /home /tmp /var/log " +
          "/var/lib/chatcode /run /etc";
        const found = await container.sh(`grep -rlsF -f - ${places}`, { stdin: `${token}\n` });
        assertEquals(found.stdout, "/etc/chatcode/gateway.env\n");
        const withSudo = await container.asUser("sudo grep -c ccg_ /etc/chatcode/gateway.env");
        assertEquals(withSudo.stdout.trim(), "1", "sudo can read it: the docs say so");
      },
    );

    await t.step("vibe uses sudo without a password, and each command is in the log", async () => {
      const mark = `mark-${crypto.randomUUID()}`;
      const end = await container.asUser(`sudo id -un && sudo echo ${mark} && cat ${LOG}`);
      assertStringIncludes(end.stdout, "root\n");
      assertMatch(end.stdout, new RegExp(`vibe : .*COMMAND=\\S*/echo ${mark}`));
    });

    await t.step(
      "vibe without sudo cannot change the log, and root only by taking the mark off",
      async () => {
        const before = await container.must(`sha256sum ${LOG}`);
        const tries = [`echo x >>${LOG}`, `: >${LOG}`, `truncate -s 0 ${LOG}`, `rm -f ${LOG}`]
          .concat(`mv ${LOG} /tmp/x`, `ln -sf /tmp/x ${LOG}`, `chmod 666 ${LOG}`, `touch ${LOG}.1`)
          .concat(`rm -rf /var/log/chatcode`, `mv /var/log/chatcode /var/log/other`);
        for (const attempt of tries) {
          const { code } = await container.asUser(`exec 2>/dev/null; ${attempt}`);
          assert(code !== 0, attempt);
        }
        assertEquals(await container.must(`sha256sum ${LOG}`), before);
        for (const attempt of [`: >${LOG}`, `rm -f ${LOG}`]) {
          assert(
            (await container.sh(`exec 2>/dev/null; ${attempt}`)).code !== 0,
            `root: ${attempt}`,
          );
        }
      },
    );

    await t.step("rotation keeps fourteen, and the log goes on append-only", async () => {
      for (let day = 1; day <= 16; day += 1) {
        await container.must(
          `runuser -u vibe -- sudo echo day-${day} && logrotate -f /etc/logrotate.d/chatcode`,
        );
      }
      const files = (await container.must("ls /var/log/chatcode")).split("\n");
      assertEquals(files.length, 15, files.join(" "));
      assertStringIncludes(await container.must(`zcat -f ${LOG}.14.gz`), "day-3");
      assertStringIncludes((await container.must(`lsattr ${LOG}`)).split(" ")[0] ?? "", "a");
      await container.must(`runuser -u vibe -- sudo echo after-it && grep -q after-it ${LOG}`);
      assertEquals(await container.must(`stat -c '%U:%G %a' ${LOG}`), "root:vibe 640");
    });

    await t.step("systemd thinks well of the gateway's unit", async () => {
      const text = await container.must(
        "systemd-analyze security --no-pager chatcode-gateway.service | tail -n 1",
      );
      const exposure = Number(/: (\d+\.\d+)/.exec(text)?.[1]);
      console.log(`systemd-analyze security: ${exposure}`);
      assert(exposure <= 2.0, text);
    });

    await t.step("maintenance is planned, and runs through", async () => {
      assertMatch(
        await container.must("systemctl list-timers --all --no-pager"),
        /chatcode-maintenance/,
      );
      await container.must("systemctl start chatcode-maintenance.service", { limitMs: 600_000 });
      const log = await container.must("journalctl -u chatcode-maintenance -o cat --no-pager");
      assertStringIncludes(log, "is the newest version");
      assertMatch(log, /claude: \{"state":"(current|updated)"/);
    });

    await t.step(
      "doctor finds nothing wrong, as root and as vibe, and a stopped service",
      async () => {
        const asRoot = await container.sh("chatcode-gateway doctor");
        assertEquals(asRoot.code, 0, asRoot.stdout);
        assertStringIncludes(asRoot.stdout, "chatcode-tmux.service");
        const asVibe = await container.asUser("HOME=/home/vibe chatcode-gateway doctor");
        assertEquals(asVibe.code, 0, asVibe.stdout);
        assertStringIncludes(asVibe.stdout, "only root may read");
        await container.must("systemctl stop chatcode-gateway");
        const stopped = await container.sh("chatcode-gateway doctor");
        assertEquals(stopped.code, 1, stopped.stdout);
        assertStringIncludes(stopped.stdout, "sudo systemctl restart chatcode-gateway.service");
        await container.must("systemctl start chatcode-gateway");
      },
    );

    await t.step("doctor and status answer vibe and root alike", async () => {
      for (
        const end of [
          await container.asUser("chatcode-gateway health"),
          await container.sh("chatcode-gateway health"),
        ]
      ) {
        assertEquals(end.code, 0, end.stderr);
      }
      const pid = await lab.mainPid("chatcode-gateway");
      const rss = await container.must(`sed -n 's/^VmRSS:[^0-9]*//p' /proc/${pid}/status`);
      const log = await container.must(
        "journalctl -u chatcode-gateway -o cat --no-pager | grep uplink.accepted | tail -n 1",
      );
      console.log(`RSS as a service: ${rss}; accepted after ${JSON.parse(log).acceptedMs} ms`);
    });
  },
});

import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { skipWhen } from "../../kit/testing/skip.ts";
import { InstallLab } from "./harness/install_lab.ts";
import { findRootFs } from "./harness/root_fs.ts";

const { rootFs, missing } = await findRootFs();
const UNIT = "chatcode-gateway.service";
/** A version that waits shorter before it rolls back, so that the test need not wait a minute. */
const ACCEPT_SECONDS = 15;

Deno.test({
  ...skipWhen("a session lives through everything that befalls the gateway", missing),
  async fn(t) {
    await using lab = await InstallLab.open({ lower: rootFs?.withPackages ?? [] });
    const { container, releases } = lab;
    await lab.mustInstall();
    await lab.online();
    const session = await lab.startSession();
    await lab.type(session, "X=alive-$((6*7))-$$; echo $X", "alive-42-");

    const lives = async () => {
      await lab.online();
      await waitFor(() => lab.type(session, "echo still-$X", "still-alive-42-").then(() => true), {
        what: "the session to answer",
        deadlineMs: 60_000,
      });
    };
    const version = async () =>
      JSON.parse(await container.must("chatcode-gateway status --json")).version;
    const update = (flags = "") =>
      container.sh(`chatcode-gateway update ${flags}`, { limitMs: 300_000 });

    await t.step("a restart", async () => {
      await container.must(`systemctl restart ${UNIT}`);
      await lives();
    });

    await t.step("SIGKILL: systemd starts it again", async () => {
      const pid = await lab.mainPid(UNIT);
      await container.must(`kill -9 ${pid}`);
      await waitFor(async () => ![0, pid].includes(await lab.mainPid(UNIT)), {
        what: "another process",
        deadlineMs: 30_000,
      });
      await lives();
    });

    await t.step("a hang: the watchdog ends it, and it starts again", async () => {
      const pid = await lab.mainPid(UNIT);
      const startedMs = performance.now();
      await container.must(`kill -STOP ${pid}`);
      await waitFor(async () => ![0, pid].includes(await lab.mainPid(UNIT)), {
        what: "the watchdog to act",
        deadlineMs: 90_000,
      });
      console.log(
        `watchdog: started again after ${Math.round((performance.now() - startedMs) / 1000)} s`,
      );
      const log = await container.must(`journalctl -u ${UNIT} -o cat --no-pager`);
      assertStringIncludes(log, "Watchdog timeout");
      await lives();
    });

    await t.step("stop and start", async () => {
      await container.must(`systemctl stop ${UNIT}`);
      await waitFor(async () => !await lab.isOnline(), { what: "the gateway to be offline" });
      const log = await container.must(`journalctl -u ${UNIT} -o cat --no-pager`);
      assertStringIncludes(log, `"gateway.stopped"`);
      await container.must(`systemctl start ${UNIT}`);
      await lives();
    });

    const first = await version();
    await t.step("an update is looked for", async () => {
      await releases.makeChanged("0.9.1", {
        "gateway/update/update_gateway.ts": (text) =>
          text.replace("ACCEPT_MS = 60_000", `ACCEPT_MS = ${ACCEPT_SECONDS}_000`),
      });
      assertStringIncludes((await update("--check")).stdout, "0.9.1 is available");
      assertEquals(await version(), first);
    });

    await t.step("no update while an agent works on a turn", async () => {
      // A process of an agent's name, with the note that this agent writes of itself.
      const note =
        `{"pid":%s,"sessionId":"${crypto.randomUUID()}","cwd":"/home/vibe","status":"%s"}`;
      const write = (pid: string, status: string) =>
        `printf '${note}' ${pid} ${status} >/home/vibe/.claude/sessions/${pid}.json`;
      const agent = await lab.startSession();
      await lab.type(
        agent,
        `mkdir -p ~/.claude/sessions; bash -c "${
          write("\\$\\$", "busy").replaceAll('"', '\\"')
        }; exec -a claude sleep 600"`,
        "sleep 600",
      );
      const status = async () => {
        const sessions = JSON.parse(await container.must("chatcode-gateway sessions --json"));
        return sessions.find(({ id }: { id: string }) => id === agent)?.status;
      };
      await waitFor(async () => await status() === "working", { what: "the agent to work" });
      const end = await container.sh("timeout 5 chatcode-gateway update --when-idle");
      assertEquals([end.code, end.stdout], [124, ""], end.stderr);
      assertEquals(await version(), first);
      await container.must("pkill -u vibe -f '^claude 600'");
      await waitFor(async () => await status() === "idle", { what: "the agent to be gone" });
    });

    await t.step("an update is brought, verified and accepted", async () => {
      const end = await update("--when-idle");
      assertEquals(end.code, 0, end.stdout + end.stderr);
      console.log(`update: ${(end.ms / 1000).toFixed(1)} s`);
      assertEquals(await version(), "0.9.1");
      await lives();
      assertStringIncludes((await update()).stdout, "nothing to do");
    });

    await t.step("an update that was cut off after the swap is judged by the next", async () => {
      await container.must("echo 0.9.1 >/usr/local/lib/chatcode-gateway/unconfirmed");
      assertStringIncludes((await update()).stdout, "was interrupted");
      assertNotEquals(
        (await container.sh("cat /usr/local/lib/chatcode-gateway/unconfirmed")).code,
        0,
      );
    });

    await t.step("a release that is not genuine is refused, and nothing changes", async () => {
      await releases.makeChanged("0.9.2", {
        "gateway/config.ts": (text) => text.replace("/gw/connect`", "/gw/nowhere`"),
      });
      const list = `${releases.dist}/v0.9.2/SHA256SUMS`;
      const kept = await Deno.readTextFile(list);
      await Deno.writeTextFile(list, kept.replace("install.sh", "install.sx"));
      const end = await update();
      assertEquals(end.code, 10, end.stdout + end.stderr);
      assertStringIncludes(end.stderr, "not signed by our key");
      await Deno.writeTextFile(list, kept);
    });

    await t.step("a broken update is rolled back, and not tried again by itself", async () => {
      const end = await update();
      assertEquals(end.code, 9, end.stdout + end.stderr);
      assertStringIncludes(end.stderr, "rolled back");
      console.log(`rolled back after ${(end.ms / 1000).toFixed(1)} s`);
      assertEquals(await version(), "0.9.1");
      await lives();
      assertStringIncludes((await update("--when-idle")).stdout, "rolled back before");
    });

    await t.step("the installer rolls a broken version back, too", async () => {
      const url = `${releases.url}/latest/download/install.sh`;
      const change = `s/^ACCEPT_SECONDS=[0-9]*/ACCEPT_SECONDS=${ACCEPT_SECONDS}/`;
      const end = await container.sh(`curl -fsSL ${url} | sed '${change}' | sh -s -- --no-agents`);
      assertEquals(end.code, 11, end.stdout + end.stderr);
      assertStringIncludes(end.stderr, "was rolled back");
      assertEquals(await version(), "0.9.1");
      await lives();
    });

    await t.step("a version can be named, an older one too", async () => {
      const end = await update(`--version v${first}`);
      assertEquals(end.code, 0, end.stdout + end.stderr);
      assertEquals(await version(), first);
      await lives();
    });

    await t.step("the program before is kept, and older unpacked ones are gone", async () => {
      const left = (await container.must("ls /usr/local/lib/chatcode-gateway")).split("\n");
      assert(left.includes("previous"), left.join(" "));
      assertEquals(left.filter((name) => /^[0-9a-f]{32}$/.test(name)).length, 2, left.join(" "));
    });
  },
});

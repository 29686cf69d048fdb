import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { skipWhen } from "../../kit/testing/skip.ts";
import { findProgram, run, thisMachine } from "../../tools/machine.ts";
import { needPrograms, needTmux } from "../../tools/need.ts";
import { isRunning } from "../harness/proc.ts";
import { entry } from "../harness/root.ts";

const machine = thisMachine();

/** The reason to skip, if the programs cannot be had. */
async function lacks(packages: Record<string, string>): Promise<string | undefined> {
  try {
    await needPrograms(packages, machine);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const noShellcheck = await lacks({ shellcheck: "shellcheck" });
const noSystemd = Deno.build.os !== "linux"
  ? "systemd is on Linux only"
  : await lacks({ "systemd-analyze": "systemd", visudo: "sudo", logrotate: "logrotate" });
const noPython = await lacks({ python3: "python3" });

async function must(argv: readonly string[]): Promise<string> {
  const { ok, output } = await run(machine, argv);
  assert(ok, `${argv.join(" ")}: ${output}`);
  return output;
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "cc-static-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  ...skipWhen("shellcheck finds nothing in the shell scripts", noShellcheck),
  async fn() {
    for (const script of ["install.sh", "cleanup.sh", "tools/compile/stub.sh"]) {
      await must(["shellcheck", "--severity=style", entry(script)]);
    }
  },
});

Deno.test("the scripts are sh, whole before they begin, and never named with a secret in them", async () => {
  for (const script of ["install.sh", "cleanup.sh"]) {
    for (const shell of ["sh", "bash"]) {
      if (await findProgram(machine, shell)) await must([shell, "-n", entry(script)]);
    }
    const text = await Deno.readTextFile(entry(script));
    assert(text.endsWith('\nmain "$@"\n'), "a script that is cut off on the way does nothing");
    for (const bashism of [/\[\[ /, /^\s*local /m, /<<</, /\bfunction /, /&>/]) {
      assertEquals(bashism.exec(text), null, String(bashism));
    }
  }
});

Deno.test({
  ...skipWhen("what install.sh writes is valid to systemd, sudo and logrotate", noSystemd),
  fn: () =>
    inFolder(async (folder) => {
      await must(["sh", entry("install.sh"), "--write-files", folder]);
      await must(["visudo", "-cf", `${folder}/etc/sudoers.d/chatcode`]);
      const rotation = `${folder}/etc/logrotate.d/chatcode`;
      const text = await Deno.readTextFile(rotation);
      assertStringIncludes(text, "create 0640 root vibe");
      await Deno.writeTextFile(rotation, text.replace("root vibe", "0 0")); // no such group here
      await must(["logrotate", "-d", "--state", `${folder}/state`, rotation]);
      const units = [...Deno.readDirSync(`${folder}/etc/systemd/system`)].map(({ name }) => name);
      assertEquals(units.length, 4);
      // That the program is not installed on this machine is all that may be said of them.
      for (const unit of units) {
        const { output } = await run(machine, [
          "systemd-analyze",
          "verify",
          `${folder}/etc/systemd/system/${unit}`,
        ]);
        const said = output.split("\n").filter((line) =>
          line !== "" && !/is not executable: No such file/.test(line)
        );
        assertEquals(said.filter((line) => line.includes(unit)), [], output);
      }
      const security = ["systemd-analyze", "security", "--offline=true", "--threshold=20"];
      await must([...security, `${folder}/etc/systemd/system/chatcode-gateway.service`]);
      assertEquals(((await Deno.stat(`${folder}/etc/chatcode/gateway.env`)).mode ?? 0) !== 0, true);
    }),
});

/** A machine whose programs say that it is a Mac. */
async function fakeMac(
  folder: string,
  arch: string,
  model: string,
): Promise<Record<string, string>> {
  const programs: Record<string, string> = {
    uname: `case $1 in -m) echo ${arch};; *) echo Darwin;; esac`,
    brew: "exit 0",
    sysctl: `echo ${model}`,
    pmset: "echo 'Now drawing from AC Power'",
    id: "case $1 in -u) echo 501;; -un) echo ada;; esac",
    launchctl: "exit 0",
  };
  await Deno.mkdir(`${folder}/bin`);
  for (const [name, body] of Object.entries(programs)) {
    await Deno.writeTextFile(`${folder}/bin/${name}`, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  }
  return { PATH: `${folder}/bin:${Deno.env.get("PATH")}`, HOME: `${folder}/Users ada` };
}

const FLAGS = ["--gateway-id", "mac", "--cp-url", "https://relay.example", "--release-url"]
  .concat("https://releases.example", "--gateway-auth-token", "a-token-of-a-mac");

for (const [arch, asset] of [["arm64", "darwin-arm64"], ["x86_64", "darwin-x64"]] as const) {
  Deno.test(`a dry run on a Mac (${arch}) prints its own steps, none of Linux's, and takes none`, () =>
    inFolder(async (folder) => {
      const env = await fakeMac(folder, arch, "Macmini9,1");
      const dry = { ...machine, env };
      const { ok, output } = await run(dry, ["sh", entry("install.sh"), "--dry-run", ...FLAGS]);
      assert(ok, output);
      assertStringIncludes(output, `chatcode-gateway-${asset}`);
      for (
        const step of [".local/bin/chatcode-gateway", ".config/chatcode/gateway.env (mode 600"]
          .concat("Library/LaunchAgents/dev.chatcode.gateway.plist", "launchctl bootstrap gui/501")
          .concat("dev.chatcode.maintenance.plist", "npm install --global --prefix")
      ) {
        assertStringIncludes(output, step);
      }
      assertEquals(/systemctl|useradd|sudoers|apt-get|\/etc\/|sudo /.exec(output), null, output);
      assertEquals(output.includes("a-token-of-a-mac"), false);
      assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["bin"]);

      const optIn = await run(dry, [
        "sh",
        entry("install.sh"),
        "--dry-run",
        "--passwordless-sudo",
        ...FLAGS,
      ]);
      assertStringIncludes(optIn.output, "sudo visudo -cqf");
      const cleanup = await run(dry, ["sh", entry("cleanup.sh"), "--dry-run"]);
      assert(cleanup.ok, cleanup.output);
    }));
}

Deno.test({
  ...skipWhen("launchd's files are valid, awake on desktop Macs, without the token", noPython),
  fn: () =>
    inFolder(async (folder) => {
      for (const [model, awake] of [["Macmini9,1", true], ["MacBookPro18,3", false]] as const) {
        const here = `${folder}/${model}`;
        await Deno.mkdir(here);
        const env = await fakeMac(here, "arm64", model);
        const mac = { ...machine, env };
        assert(
          (await run(mac, ["sh", entry("install.sh"), "--write-files", `${here}/out`, ...FLAGS]))
            .ok,
        );
        const jobs = `${here}/out${env.HOME}/Library/LaunchAgents`;
        for (const name of ["gateway", "maintenance"]) {
          const path = `${jobs}/dev.chatcode.${name}.plist`;
          const script =
            "import json,plistlib,sys; print(json.dumps(plistlib.load(open(sys.argv[1],'rb'))))";
          const job = JSON.parse(await must(["python3", "-c", script, path]));
          assertEquals(job.Label, `dev.chatcode.${name}`);
          const binary = `${env.HOME}/.local/bin/chatcode-gateway`;
          assertEquals(job.ProgramArguments.includes(binary), true);
          const caffeinated = job.ProgramArguments[0] === "/usr/bin/caffeinate";
          assertEquals(caffeinated, awake && name === "gateway");
          assertEquals(job.KeepAlive, name === "gateway" ? true : undefined);
          assertEquals((await Deno.readTextFile(path)).includes("a-token-of-a-mac"), false);
        }
        const envFile = await Deno.readTextFile(
          `${here}/out${env.HOME}/.config/chatcode/gateway.env`,
        );
        assertStringIncludes(envFile, "CHATCODE_GATEWAY_AUTH_TOKEN=a-token-of-a-mac");
      }
    }),
});

Deno.test("--kill-tmux ends a server whose control client hangs, and nothing else of ours is left", () =>
  inFolder(async (folder) => {
    await needTmux(machine);
    const fake = await fakeMac(folder, "arm64", "Mac14,3");
    const mac = { ...machine, env: { ...fake, TMUX_TMPDIR: folder } };
    const home = fake.HOME ?? "";
    await must([
      "mkdir",
      "-p",
      `${home}/.local/bin`,
      `${home}/.config/chatcode`,
      `${home}/workspace`,
    ]);
    const tmux = (...args: string[]) => run(mac, ["tmux", "-L", "chatcode", ...args]);
    await tmux("-f", "/dev/null", "new-session", "-d", "-s", "work", "cat");
    const server = Number((await tmux("display-message", "-p", "#{pid}")).output);
    const client = new Deno.Command("tmux", {
      args: ["-L", "chatcode", "-C", "attach", "-t", "work"],
      env: mac.env,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    try {
      await waitFor(async () => (await tmux("list-clients")).output.includes("work"), {
        what: "the control client",
      });
      client.kill("SIGSTOP");
      const { ok, output } = await run(
        mac,
        ["sh", entry("cleanup.sh"), "--yes", "--kill-tmux"],
        60_000,
      );
      assert(ok, output);
      assertStringIncludes(output, `Ending tmux server ${server}`);
      await waitFor(() => !isRunning(server), { what: "the server to be gone" });
      assertEquals([...Deno.readDirSync(`${home}/.config`)], []);
      await Deno.stat(`${home}/workspace`); // it stays unless told otherwise
    } finally {
      await client.stdin.close().catch(() => {}); // it may be gone already, and is meant to be
      await client.stdout.cancel();
      await client.status;
      await tmux("kill-server");
    }
  }));

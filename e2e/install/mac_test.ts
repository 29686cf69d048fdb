import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { assembleRelease } from "../../tools/release/assemble.ts";
import { ReleaseKey } from "../../tools/release/release_key.ts";
import { serveReleases } from "../../tools/release/serve.ts";
import { findProgram, type Machine, run, thisMachine } from "../../tools/machine.ts";
import { skipWhen } from "../../kit/testing/skip.ts";
import { entry, ROOT } from "../harness/root.ts";

/** The macOS half of the scripts, where a Mac's own programs are stood in for and note their calls. */
class FakeMac implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "cc-mac-" });
  readonly home = `${this.folder}/Users/ada l`;
  readonly machine: Machine;

  constructor() {
    const programs: Record<string, string> = {
      uname: "case $1 in -m) echo arm64;; *) echo Darwin;; esac",
      id: "case $1 in -u) echo 501;; -un) echo ada;; esac",
      sysctl: "echo Macmini9,1",
      pmset: "echo 'AC Power'",
      brew: "exit 0",
      npm: "exit 0",
      launchctl: "exit 0",
      // macOS's own knows no Ed25519.
      openssl: "exit 1",
    };
    Deno.mkdirSync(`${this.folder}/bin`);
    Deno.mkdirSync(this.home, { recursive: true });
    for (const [name, body] of Object.entries(programs)) {
      const note = `echo "${name} $*" >>'${this.folder}/calls'`;
      Deno.writeTextFileSync(`${this.folder}/bin/${name}`, `#!/bin/sh\n${note}\n${body}\n`, {
        mode: 0o755,
      });
    }
    const env = { PATH: `${this.folder}/bin:${Deno.env.get("PATH")}`, HOME: this.home };
    this.machine = { ...thisMachine(), env: { ...env, TMPDIR: this.folder } };
  }

  /** What its programs were asked, without those that only look. */
  async calls(): Promise<string[]> {
    const lines = (await Deno.readTextFile(`${this.folder}/calls`)).trim().split("\n");
    return lines.filter((line) => /^(launchctl|brew|npm|sudo) /.test(line));
  }

  async files(): Promise<string[]> {
    const { output } = await run(this.machine, [
      "find",
      this.home,
      "-type",
      "f",
      "-printf",
      "%P %m\n",
    ]);
    return output.split("\n").filter((line) => line !== "").toSorted();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

const missing = !await findProgram(thisMachine(), "ssh-keygen")
  ? "no ssh-keygen, by which macOS checks signatures"
  : Deno.build.os !== "linux"
  ? "it stands in for a Mac, on Linux"
  : undefined;

Deno.test({
  ...skipWhen(
    "the macOS half: installed, updated, refused, taken away, all in one's home",
    missing,
  ),
  async fn(t) {
    await using mac = new FakeMac();
    const dist = `${mac.folder}/dist`;
    const key = await ReleaseKey.parse(await ReleaseKey.generate());
    const release = async (version: string) => {
      const program = `${mac.folder}/chatcode-gateway-darwin-arm64`;
      await Deno.writeTextFile(program, `#!/bin/sh\necho "chatcode-gateway ${version}"\n`);
      return await assembleRelease(ROOT, {
        output: dist,
        programs: [program],
        key,
        releaseUrl: undefined,
      });
    };
    const { folder } = await release("one");
    await using server = serveReleases(dist);
    const url = `http://127.0.0.1:${server.addr.port}`;
    const install = (...flags: string[]) =>
      run(
        mac.machine,
        ["sh", `${folder}/install.sh`, "--gateway-id", "mac", "--gateway-auth-token"]
          .concat(
            "a-token-of-a-mac",
            "--cp-url",
            "https://relay.invalid",
            "--release-url",
            url,
            ...flags,
          ),
      );
    /** The relay is not there: the try of the token is a curl, which is stood in for once. */
    const curl = await findProgram(thisMachine(), "curl");
    await Deno.writeTextFile(
      `${mac.folder}/bin/curl`,
      `#!/bin/sh\ncase "$*" in *gw/connect*) cat >/dev/null; printf 101;; *) exec ${curl} "$@";; esac\n`,
      { mode: 0o755 },
    );

    await t.step("a signature that ssh-keygen does not take: nothing is changed", async () => {
      const kept = await Deno.readTextFile(`${folder}/SHA256SUMS.sshsig`);
      const other = await ReleaseKey.parse(await ReleaseKey.generate());
      const list = await Deno.readFile(`${folder}/SHA256SUMS`);
      await Deno.writeTextFile(
        `${folder}/SHA256SUMS.sshsig`,
        await other.signForSsh(list, "chatcode-release"),
      );
      const { ok, output } = await install();
      assertEquals([ok, await mac.files()], [false, []], output);
      assertStringIncludes(output, "not signed by our key");
      await Deno.writeTextFile(`${folder}/SHA256SUMS.sshsig`, kept);
    });

    await t.step("installed in the user's home, and nowhere else", async () => {
      const { ok, output } = await install();
      assert(ok, output);
      assertEquals(await mac.files(), [
        ".config/chatcode/gateway.env 600",
        ".config/chatcode/release.pub 644",
        ".local/bin/chatcode-gateway 755",
        "Library/LaunchAgents/dev.chatcode.gateway.plist 644",
        "Library/LaunchAgents/dev.chatcode.maintenance.plist 644",
      ]);
      const calls = (await mac.calls()).join("\n");
      assertMatch(calls, /launchctl bootstrap gui\/501 .*dev\.chatcode\.gateway\.plist/);
      assertMatch(calls, /npm install --global --prefix .*@openai\/codex/);
      assertEquals(calls.includes("sudo"), false);
      assertEquals(calls.includes("a-token-of-a-mac"), false);
    });

    await t.step("run again it updates, and keeps the version before", async () => {
      await release("two");
      const { ok, output } = await run(mac.machine, [
        "sh",
        `${folder}/install.sh`,
        "--release-url",
        url,
      ]);
      assert(ok, output);
      assertStringIncludes(
        await Deno.readTextFile(`${mac.home}/.local/bin/chatcode-gateway`),
        "two",
      );
      const previous = `${mac.home}/.local/lib/chatcode-gateway/previous`;
      assertStringIncludes(await Deno.readTextFile(previous), "one");
    });

    await t.step("cleanup.sh takes all of it away but the workspace", async () => {
      await Deno.writeTextFile(`${mac.home}/workspace/mine`, "");
      const { ok, output } = await run(mac.machine, ["sh", entry("cleanup.sh"), "--yes"]);
      assert(ok, output);
      assertEquals(await mac.files(), ["workspace/mine 644"]);
      assertStringIncludes(
        (await mac.calls()).join("\n"),
        "launchctl bootout gui/501/dev.chatcode.gateway",
      );
      const again = await run(mac.machine, [
        "sh",
        entry("cleanup.sh"),
        "--yes",
        "--remove-workspace",
      ]);
      assert(again.ok, again.output);
      assertEquals(await mac.files(), []);
    });

    await t.step("as root it is refused", async () => {
      await Deno.writeTextFile(`${mac.folder}/bin/id`, "#!/bin/sh\necho 0\n");
      const { ok, output } = await install();
      assertEquals(ok, false);
      assertStringIncludes(output, "without sudo");
    });
  },
});

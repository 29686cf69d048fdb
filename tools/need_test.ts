import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import type { Machine } from "./machine.ts";
import { needChromium, NeedError, needPrograms, needTmux } from "./need.ts";

/** A machine whose PATH holds only `programs` (name to shell script); they log what they are asked. */
class TestMachine implements Machine, AsyncDisposable {
  readonly os: Machine["os"];
  readonly root: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly told: string[] = [];
  readonly tell = (line: string) => void this.told.push(line);

  private constructor(readonly dir: string, options: MachineOptions) {
    this.os = options.os ?? "linux";
    this.root = options.root ?? false;
    this.env = { PATH: dir, ...options.env };
  }

  static async with(programs: Record<string, string>, options: MachineOptions = {}) {
    const machine = new TestMachine(await Deno.makeTempDir(), options);
    for (const [name, script] of Object.entries(programs)) await machine.add(name, script);
    return machine;
  }

  async add(name: string, script: string): Promise<void> {
    const text = `#!/bin/sh\necho "${name} $*" >> ${this.dir}/asked\n${script}\n`;
    await Deno.writeTextFile(`${this.dir}/${name}`, text, { mode: 0o755 });
  }

  async asked(): Promise<string[]> {
    return (await Deno.readTextFile(`${this.dir}/asked`)).trim().split("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.dir, { recursive: true });
  }
}

interface MachineOptions {
  os?: Machine["os"];
  root?: boolean;
  env?: Record<string, string>;
}

/** An apt-get or brew whose `install` puts a program there. `cd` finds the folder it stands in. */
function installer(program: string, script: string): string {
  return `case "$*" in *install*)
    /bin/printf '#!/bin/sh\\n${script}\\n' > "$PATH/${program}"; /bin/chmod 755 "$PATH/${program}";;
  esac`;
}

for (const version of ["3.2", "3.3a", "4.0", "next-3.4", "master", "openbsd-7.5"]) {
  Deno.test(`needTmux() takes tmux ${version} as it is`, async () => {
    await using machine = await TestMachine.with({ tmux: `echo "tmux ${version}"` });
    assertEquals(await needTmux(machine), version);
    assertEquals(machine.told, []);
  });
}

Deno.test("needTmux() installs with apt-get as root, and says so", async () => {
  await using machine = await TestMachine.with({
    "apt-get": installer("tmux", "echo tmux 3.3a"),
  }, { root: true });
  assertEquals(await needTmux(machine), "3.3a");
  assertEquals(await machine.asked(), [
    "apt-get update",
    "apt-get install -y --no-install-recommends tmux",
  ]);
  assertMatch(machine.told.join(), /^Installing tmux: apt-get update && apt-get install/);
});

Deno.test("needTmux() replaces a tmux that is too old, with passwordless sudo", async () => {
  await using machine = await TestMachine.with({
    tmux: "echo tmux 3.1c",
    sudo: 'case "$1" in -n) exit 0;; esac; exec "$@"',
    "apt-get": installer("tmux", "echo tmux 3.5"),
  });
  assertEquals(await needTmux(machine), "3.5");
});

Deno.test("needTmux() without the right to install says exactly what to type", async () => {
  await using machine = await TestMachine.with({ sudo: "exit 1", "apt-get": "exit 9" });
  const error = await assertRejects(() => needTmux(machine), NeedError);
  assertEquals(error.code, "TMUX_MISSING");
  assertEquals(
    error.message,
    "tmux is not installed. Type this, then try again: " +
      "sudo apt-get update && sudo apt-get install -y --no-install-recommends tmux",
  );
  assertEquals(await machine.asked(), ["sudo -n true"]);
});

Deno.test("needTmux() installs nothing when told not to", async () => {
  await using machine = await TestMachine.with(
    { tmux: "echo tmux 2.9", "apt-get": "exit 9" },
    { root: true, env: { CHATCODE_NO_INSTALL: "1" } },
  );
  const error = await assertRejects(() => needTmux(machine), NeedError);
  assertEquals(error.code, "TMUX_TOO_OLD");
  assertStringIncludes(error.message, "tmux 2.9 is too old, 3.2 is needed. Type this");
  assertEquals(await machine.asked(), ["tmux -V", "tmux -V"]);
});

Deno.test("needTmux() tells how an install failed", async () => {
  await using machine = await TestMachine.with({
    "apt-get": 'echo "E: Unable to locate package tmux" >&2; exit 100',
  }, { root: true });
  const error = await assertRejects(() => needTmux(machine), NeedError);
  assertStringIncludes(error.message, "Installing it failed. Type this, then try again: apt-get");
  assertStringIncludes(error.message, "Unable to locate package tmux");
});

Deno.test("needTmux() has advice where there is no package manager it knows", async () => {
  await using machine = await TestMachine.with({}, { os: "freebsd" });
  await assertRejects(() => needTmux(machine), NeedError, "your system's package manager");
});

Deno.test("needChromium() takes the first that works, not a script that only gives advice", async () => {
  await using machine = await TestMachine.with({
    "chromium-browser": "echo requires the chromium snap; exit 1",
    "google-chrome": "echo Chrome 140",
  });
  assertEquals(await needChromium(machine), `${machine.dir}/google-chrome`);
});

Deno.test("needChromium() installs it with a font on Debian", async () => {
  await using machine = await TestMachine.with({
    "apt-get": installer("chromium", "echo Chromium 140"),
  }, { root: true });
  assertEquals(await needChromium(machine), `${machine.dir}/chromium`);
  assertEquals(
    (await machine.asked()).at(1),
    "apt-get install -y --no-install-recommends chromium fonts-dejavu-core",
  );
});

Deno.test("needChromium() installs it with brew on macOS", async () => {
  await using machine = await TestMachine.with({
    brew: installer("chromium", "echo Chromium 140"),
  }, { os: "darwin", env: {} });
  assertEquals(await needChromium(machine), `${machine.dir}/chromium`);
  assertEquals((await machine.asked()).at(0), "brew install --cask chromium");
});

Deno.test("needChromium() trusts the one that is named, and no other", async () => {
  await using machine = await TestMachine.with(
    { chromium: "echo Chromium 140" },
    { env: { CHATCODE_CHROMIUM: "/nowhere/chromium", CHATCODE_NO_INSTALL: "1" } },
  );
  const error = await assertRejects(() => needChromium(machine), NeedError);
  assertEquals(error.code, "CHROMIUM_MISSING");
});

Deno.test("needPrograms() installs only what is missing, each package once", async () => {
  await using machine = await TestMachine.with({
    tar: "exit 0",
    "apt-get": installer("visudo", "exit 0").replace("*install*)", "*install*)\n" + PUT_SUDO),
  }, { root: true });
  await needPrograms({ tar: "tar", visudo: "sudo", sudo: "sudo" }, machine);
  assertEquals(await machine.asked(), [
    "apt-get update",
    "apt-get install -y --no-install-recommends sudo",
  ]);
  const error = await assertRejects(
    () => needPrograms({ shellcheck: "shellcheck" }, machine),
    NeedError,
  );
  assertEquals(error.code, "PROGRAM_MISSING");
  assertStringIncludes(error.message, "shellcheck is not installed");
});

/** The same package brings another program, too. */
const PUT_SUDO = `/bin/printf '#!/bin/sh\\n' > "$PATH/sudo"; /bin/chmod 755 "$PATH/sudo";`;

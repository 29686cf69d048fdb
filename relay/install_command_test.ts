import { assertEquals, assertMatch } from "@std/assert";
import { hostId } from "@chatcode/protocol";
import { installCommand } from "./install_command.ts";

const parts = {
  id: hostId.parse("h_1"),
  token: "ccg_secret",
  publicUrl: new URL("https://relay.example/"),
};

Deno.test("the token goes by standard input, and by nothing that others can see", () => {
  for (const releaseUrl of [undefined, new URL("https://releases.example/chatcode/")]) {
    const command = installCommand({ ...parts, releaseUrl });
    assertMatch(command, /^ printf %s ccg_secret \| /);
    assertEquals(command.split("ccg_secret").length, 2);
    assertMatch(command, /--token-file - --gateway-id h_1 --cp-url https:\/\/relay\.example/);
  }
});

Deno.test("with a release it is the installer, as a shell understands it", async () => {
  const releaseUrl = new URL("https://releases.example/chatcode/");
  const command = installCommand({ ...parts, releaseUrl });
  // The shell's own view of it, with curl and sudo replaced by words of ours.
  const script = `curl() { echo 'echo "$0 $*"; cat'; }; sudo() { "$@"; }\n${command}`;
  const { success, stdout } = await new Deno.Command("sh", { args: ["-c", script] }).output();
  assertEquals(success, true);
  assertEquals(
    new TextDecoder().decode(stdout),
    "install.sh --token-file - --gateway-id h_1 --cp-url https://relay.example " +
      "--release-url https://releases.example/chatcode\nccg_secret",
  );
});

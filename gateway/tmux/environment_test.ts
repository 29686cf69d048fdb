import { assertEquals } from "@std/assert";
import { tmuxEnvironment } from "./environment.ts";

Deno.test("tmuxEnvironment() keeps the user's settings and drops the gateway's", () => {
  assertEquals(
    tmuxEnvironment({
      PATH: "/bin",
      EDITOR: "vi",
      LANG: "de_DE.UTF-8",
      CHATCODE_GATEWAY_AUTH_TOKEN: "secret",
      TMUX: "/tmp/tmux-0/default,1,0",
      TMUX_PANE: "%1",
      TMUX_TMPDIR: "/run/user",
      TERM: "dumb",
      PWD: "/",
      NOTIFY_SOCKET: "/run/systemd/notify",
      CREDENTIALS_DIRECTORY: "/run/credentials",
    }),
    {
      PATH: "/bin",
      EDITOR: "vi",
      LANG: "de_DE.UTF-8",
      TMUX_TMPDIR: "/run/user",
      TERM: "xterm-256color",
      COLORTERM: "truecolor",
    },
  );
});

Deno.test("tmuxEnvironment() sets a UTF-8 locale only where there is none", () => {
  assertEquals(tmuxEnvironment({})["LANG"], "C.UTF-8");
  assertEquals(tmuxEnvironment({ LC_ALL: "C" })["LANG"], undefined);
});

/** Set by whoever started the gateway, for the gateway: none of a session's business. */
const OURS = [
  /^CHATCODE_/,
  /^TMUX$/,
  /^TMUX_PANE$/,
  /^TERM(CAP|_PROGRAM|_PROGRAM_VERSION)?$/,
  /^COLORTERM$/,
  /^(_|PWD|OLDPWD|SHLVL)$/,
  // systemd's own handles on the service, see systemd.exec(5)
  /^(NOTIFY_SOCKET|INVOCATION_ID|JOURNAL_STREAM|MAINPID|MANAGERPID|SYSTEMD_EXEC_PID)$/,
  /^(WATCHDOG_(PID|USEC)|LISTEN_(FDS|FDNAMES|PID)|CREDENTIALS_DIRECTORY|MEMORY_PRESSURE_\w+)$/,
];

/**
 * The environment for every tmux process, and so for the tmux server and the shells in it: the
 * user's own, without the gateway's settings and secrets, as a terminal with true colour and with
 * a UTF-8 locale where the user has set none.
 */
export function tmuxEnvironment(env: Readonly<Record<string, string>>): Record<string, string> {
  const clean: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (!OURS.some((pattern) => pattern.test(name))) clean[name] = value;
  }
  if (!clean["LC_ALL"] && !clean["LC_CTYPE"] && !clean["LANG"]) clean["LANG"] = "C.UTF-8";
  clean["TERM"] = "xterm-256color";
  clean["COLORTERM"] = "truecolor";
  return clean;
}

/** A prompt that tries to be more than text. */
export interface HostilePrompt {
  readonly name: string;
  readonly text: string;
  /** What the model must be asked instead, where the guard changes it. */
  readonly becomes?: string;
  /** The guard must not let it through. */
  readonly refused?: true;
}

const ESC = "\x1b";

/**
 * What the guard must say of each is written down here, apart from the guard itself. `touch` is the
 * command that must not run.
 */
export function hostilePrompts(touch: string): HostilePrompt[] {
  const broken = `x\n!${touch}`;
  const long = ` !${touch} ${"word ".repeat(12_000)}.`;
  const lines = Array.from({ length: 200 }, (_, at) => `line ${at} of many`).join("\n");
  return [
    { name: "shell", text: `!${touch}`, becomes: ` !${touch}` },
    { name: "shell after a space", text: ` !${touch}` },
    { name: "shell after a line end", text: `\n!${touch}`, becomes: ` !${touch}` },
    { name: "shell after a tab", text: `\t!${touch}`, becomes: ` !${touch}` },
    { name: "shell twice", text: `!!${touch}`, becomes: ` !!${touch}` },
    { name: "shell, wide", text: `！${touch}`, becomes: ` ！${touch}` },
    { name: "shell after NUL", text: `\0!${touch}`, becomes: ` !${touch}` },
    { name: "shell after ESC", text: `${ESC}!${touch}`, becomes: ` !${touch}` },
    { name: "shell after DEL", text: `\x7f!${touch}`, becomes: ` !${touch}` },
    { name: "shell after bidi", text: `\u202e!${touch}`, becomes: ` !${touch}` },
    { name: "shell after no-break space", text: `\u00a0!${touch}`, becomes: ` !${touch}` },
    { name: "shell after zero width", text: `\u200b!${touch}`, becomes: ` !${touch}` },

    { name: "paste ends, CR", text: `x${ESC}[201~\r!${touch}\r`, becomes: broken },
    { name: "paste ends, LF", text: `x${ESC}[201~\n!${touch}\n`, becomes: broken },
    { name: "paste ends by C1", text: `x\x9b201~\r!${touch}\r`, becomes: `x201~\n!${touch}` },
    {
      name: "paste ends inside an end",
      text: `x${ESC}[2${ESC}[201~01~\r!${touch}\r`,
      becomes: `x[201~\n!${touch}`,
    },
    {
      name: "paste begins and ends",
      text: `${ESC}[200~x${ESC}[201~\r!${touch}\r${ESC}[200~`,
      becomes: broken,
    },
    {
      name: "paste ends around NUL",
      text: `x${ESC}[20\x001~\r!${touch}`,
      becomes: `x[201~\n!${touch}`,
    },
    { name: "paste ends, ESC alone", text: `x${ESC}\r!${touch}`, becomes: broken },
    { name: "paste end in letters", text: `x^[[201~^M!${touch}^M` },
    { name: "paste end in C", text: `x\\x1b[201~\\r!${touch}\\r` },

    { name: "CR", text: `x\r!${touch}\r`, becomes: broken },
    { name: "CR LF", text: `x\r\n!${touch}\r\n`, becomes: broken },
    { name: "LF CR", text: `x\n\r!${touch}`, becomes: `x\n\n!${touch}` },
    { name: "vertical tab", text: `x\v!${touch}`, becomes: `x!${touch}` },
    { name: "NEL", text: `x\u0085!${touch}`, becomes: broken },
    { name: "line separator", text: `x\u2028!${touch}`, becomes: broken },
    { name: "paragraph separator", text: `x\u2029!${touch}`, becomes: broken },

    { name: "option 1", text: "1" },
    { name: "option 3", text: "3" },
    { name: "yes", text: "y" },
    { name: "flag", text: "--dangerously-skip-permissions" },
    { name: "dash", text: "-" },
    { name: "rm flag", text: `-rf / ; ${touch}` },

    { name: "/exit", text: "/exit", refused: true },
    { name: "/exit after blanks", text: " \n/exit", refused: true },
    { name: "/exit after NUL", text: "\0/exit", refused: true },
    { name: "/bash", text: `/bash ${touch}`, refused: true },
    { name: "/permissions", text: "/permissions", refused: true },
    { name: "//", text: "//exit", refused: true },
    { name: "slash, wide", text: "／exit" },
    { name: "exit", text: "exit", refused: true },
    { name: ":q", text: ":q", refused: true },
    { name: "file", text: "/etc/passwd is a file", refused: true },

    { name: "substitution", text: `$(${touch})` },
    { name: "backticks", text: `\`${touch}\`` },
    { name: "second command", text: `x; ${touch} #` },
    { name: "tmux format", text: `#(${touch}) #{pane_id}` },
    { name: "tmux separator", text: `x \\; run-shell '${touch}' ;` },
    { name: "key names", text: "Enter C-c Escape" },
    { name: "heredoc", text: `EOF\n${touch}\nEOF` },

    { name: "memory", text: `# remember ${touch}` },
    { name: "ampersand", text: `& ${touch}` },
    { name: "question mark", text: "?" },
    { name: "at", text: "@", becomes: "@ " },
    { name: "mention", text: "look at @missing", becomes: "look at @missing " },
    { name: "backslash at the end", text: "x \\", becomes: "x \\ " },

    { name: "keys up and Enter", text: `${ESC}[A\r`, refused: true },
    { name: "Ctrl-C", text: "\x03\x03", refused: true },
    { name: "Ctrl-D", text: "\x04", refused: true },
    { name: "blanks", text: " \t\n ", refused: true },
    { name: "tab", text: "x\ty" },
    { name: "Shift-Tab", text: `x${ESC}[Zy`, becomes: "xy" },
    { name: "title", text: `x${ESC}]0;${touch}\x07y`, becomes: "xy" },
    { name: "clipboard", text: `x${ESC}]52;c;dG91Y2g=${ESC}\\y`, becomes: "xy" },
    { name: "device control", text: `x${ESC}Pq${ESC}\\y`, becomes: "xPq\\y" },
    {
      name: "bidi",
      text: "x\u202egnp.exe\u202c y\u2066z\u2069",
      becomes: "xgnp.exe yz",
    },
    { name: "half a character", text: "x\ud800y", becomes: "x\ufffdy" },
    { name: "many scripts", text: "👩‍👩‍👧‍👦 é e\u0301 𝒳 क्ष 漢字" },

    { name: "200 lines", text: lines },
    { name: "a line of 11,000", text: `x${"0123456789".repeat(1_100)}y` },
    // With its frame about all that a client's socket takes: 64 KiB.
    { name: "60,000", text: `!${touch} ${"word ".repeat(12_000)}.`, becomes: long },
  ];
}

/** Keys of the on-screen bar that are no characters. */
export type KeyName = "escape" | "tab" | "up" | "down" | "left" | "right";

const ARROWS = { up: "A", down: "B", right: "C", left: "D" } as const;

/** What a terminal sends for the key. `application`: the program asked for application cursor keys. */
export function keySequence(
  key: KeyName,
  { application, ctrl }: { application: boolean; ctrl: boolean },
): string {
  switch (key) {
    case "escape":
      return "\x1b";
    case "tab":
      return "\t";
    case "up":
    case "down":
    case "left":
    case "right": {
      const final = ARROWS[key];
      if (ctrl) return `\x1b[1;5${final}`;
      return application ? `\x1bO${final}` : `\x1b[${final}`;
    }
    default:
      return key satisfies never;
  }
}

/** What Ctrl with this typed text sends; text without a control character stays as it is. */
export function withCtrl(text: string): string {
  if (text.length !== 1) return text;
  if (text === "?") return "\x7f";
  if (text === " ") return "\0";
  const code = text.toUpperCase().charCodeAt(0);
  return code >= 0x40 && code <= 0x5f ? String.fromCharCode(code & 0x1f) : text;
}

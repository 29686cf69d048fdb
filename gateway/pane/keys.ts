/**
 * What a viewer's terminal sends, taken apart by who must have it:
 * - `raw`: for the program, byte for byte as it came;
 * - `key`: for the program, in the form that its cursor or keypad mode asks for, which only tmux
 *   knows (tmux keeps every viewer's terminal in application mode);
 * - `client`: for the viewer's own tmux client: mouse, focus and what the terminal answers to tmux;
 * - `drop`: answers about the terminal's make. tmux asks at attach, but takes a late answer for
 *   typing; our configuration pins what they would tell.
 */
export type KeyToken =
  | { type: "raw"; bytes: Uint8Array }
  | { type: "key"; name: string; bytes: Uint8Array }
  | { type: "client"; bytes: Uint8Array }
  | { type: "drop"; bytes: Uint8Array };

const ESC = 0x1b;
const BEL = 0x07;
const code = (char: string) => char.charCodeAt(0);

/** Same final letter after `ESC [` and `ESC O`. tmux sends Home and End in a form of its own. */
const CURSOR: Readonly<Record<string, string>> = {
  A: "Up",
  B: "Down",
  C: "Right",
  D: "Left",
  H: "Home",
  F: "End",
};

const KEYPAD: Readonly<Record<string, string>> = {
  M: "KPEnter",
  j: "KP*",
  k: "KP+",
  m: "KP-",
  n: "KP.",
  o: "KP/",
  p: "KP0",
  q: "KP1",
  r: "KP2",
  s: "KP3",
  t: "KP4",
  u: "KP5",
  v: "KP6",
  w: "KP7",
  x: "KP8",
  y: "KP9",
};

/**
 * Takes one piece of input apart; together the tokens are the piece. A terminal sends each key and
 * each answer in one piece, so a sequence that is cut off by the end stands for itself (as a lone
 * ESC does) and goes raw.
 */
export function readKeys(input: Uint8Array): KeyToken[] {
  const tokens: KeyToken[] = [];
  let rawFrom = 0;
  let at = input.indexOf(ESC);
  while (at !== -1) {
    const token = readSequence(input, at);
    if (token === undefined) {
      at = input.indexOf(ESC, at + 1);
      continue;
    }
    if (at > rawFrom) tokens.push({ type: "raw", bytes: input.subarray(rawFrom, at) });
    tokens.push(token);
    rawFrom = at + token.bytes.length;
    at = input.indexOf(ESC, rawFrom);
  }
  if (rawFrom < input.length) tokens.push({ type: "raw", bytes: input.subarray(rawFrom) });
  return tokens;
}

/** The sequence that begins with the ESC at `at`, if it is one that must not go raw. */
function readSequence(input: Uint8Array, at: number): KeyToken | undefined {
  const kind = String.fromCharCode(input[at + 1] ?? 0);
  switch (kind) {
    case "O": {
      const final = String.fromCharCode(input[at + 2] ?? 0);
      const name = CURSOR[final] ?? KEYPAD[final];
      if (name === undefined) return undefined;
      return { type: "key", name, bytes: input.subarray(at, at + 3) };
    }
    case "[":
      return readCsi(input, at);
    case "]":
    case "P":
      return readString(input, at, kind);
    default:
      return undefined;
  }
}

function readCsi(input: Uint8Array, at: number): KeyToken | undefined {
  let end = at + 2;
  while (isBetween(input[end], 0x20, 0x3f)) end++;
  if (!isBetween(input[end], 0x40, 0x7e)) return undefined;
  const bytes = input.subarray(at, end + 1);
  const final = String.fromCharCode(input[end] ?? 0);
  const params = String.fromCharCode(...input.subarray(at + 2, end));
  const first = params[0];
  if (params === "") {
    if (final === "I" || final === "O") return { type: "client", bytes };
    // A mouse report of the oldest kind: three bytes follow.
    if (final === "M" && input.length >= end + 4) {
      return { type: "client", bytes: input.subarray(at, end + 4) };
    }
    const name = CURSOR[final];
    return name === undefined ? undefined : { type: "key", name, bytes };
  }
  if (final === "c" && (first === "?" || first === ">" || first === "=")) {
    return { type: "drop", bytes };
  }
  const toClient = (first === "<" && (final === "M" || final === "m")) ||
    (first === "?" && (final === "u" || final === "n")) ||
    (final === "y" && params.endsWith("$")) ||
    final === "t";
  return toClient ? { type: "client", bytes } : undefined;
}

/** OSC and DCS, if their end is there: without it, it is Alt+] or Alt+Shift+P and what follows. */
function readString(input: Uint8Array, at: number, kind: "]" | "P"): KeyToken | undefined {
  if (kind === "]" && !isBetween(input[at + 2], code("0"), code("9"))) return undefined;
  for (let end = at + 2; end < input.length; end++) {
    const byte = input[end];
    if (byte === BEL && kind === "]") {
      return { type: "client", bytes: input.subarray(at, end + 1) };
    }
    if (byte !== ESC) continue;
    if (input[end + 1] !== code("\\")) return undefined;
    const isName = kind === "P" && input[at + 2] === code(">"); // XTVERSION
    return { type: isName ? "drop" : "client", bytes: input.subarray(at, end + 2) };
  }
  return undefined;
}

function isBetween(byte: number | undefined, low: number, high: number): boolean {
  return byte !== undefined && byte >= low && byte <= high;
}

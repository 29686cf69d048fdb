import { createHash } from "node:crypto";
import { MAX_TURN_TEXT, type Turn, type TurnKind } from "@chatcode/protocol";

/** A turn before it has a rev. */
export type TurnDraft = Turn extends infer Each ? Each extends Turn ? Omit<Each, "rev"> : never
  : never;

interface Told {
  readonly rev: number;
  readonly kind: TurnKind;
  readonly atMs: number;
  /** Of everything but id, rev and time. */
  readonly print: string;
}

/** Turns and marks that are remembered; the oldest are forgotten first. */
const REMEMBERED = 8_192;
const SUMMARY_MAX = 400;
const OUTPUT_MAX = 8 * 1024;
const NAME_MAX = 120;
const ID_MAX = 160;

/** Remembers what was told of a conversation: gives each telling its rev, and nothing twice. */
export class TurnBook {
  readonly #told = new Map<string, Told>();
  readonly #marks = new Set<string>();

  kindOf(id: string): TurnKind | undefined {
    return this.#told.get(turnId(id))?.kind;
  }

  /** Whether `mark` is new; it is not from now on. */
  mark(mark: string): boolean {
    if (this.#marks.has(mark)) return false;
    this.#marks.add(mark);
    forgetOldest(this.#marks);
    return true;
  }

  /**
   * The turn as it goes out, bounded, or nothing if that was told already. A turn told anew keeps
   * the time of its first telling. `leastRev` makes revs independent of how often it was looked at.
   */
  tell(draft: TurnDraft, leastRev = 0): Turn[] {
    // Without an id it could be told twice: a record that lacks one is of no kind we know.
    if (draft.id === "") return [];
    const { id, atMs, ...rest } = bound(draft);
    const print = digest(JSON.stringify(rest));
    const before = this.#told.get(id);
    if (before?.print === print) return [];
    const rev = Math.max(before === undefined ? 0 : before.rev + 1, leastRev);
    const told = { rev, kind: rest.kind, atMs: before?.atMs ?? atMs, print };
    this.#told.set(id, told);
    forgetOldest(this.#told);
    return [{ ...rest, id, rev, atMs: told.atMs } as Turn];
  }
}

/** Short for any text, and the same for the same text. */
export function digest(text: string): string {
  return createHash("sha1").update(text).digest("base64url");
}

function turnId(id: string): string {
  return id.length <= ID_MAX ? id : `${id.slice(0, 100)}~${digest(id)}`;
}

function bound(draft: TurnDraft): TurnDraft {
  const id = turnId(draft.id);
  switch (draft.kind) {
    case "prompt":
    case "progress":
    case "final":
    case "error": {
      const cut = draft.text.length > MAX_TURN_TEXT;
      return { ...draft, id, text: head(draft.text, MAX_TURN_TEXT), ...(cut && { cut }) };
    }
    case "tool": {
      const cut = (draft.diff?.length ?? 0) > MAX_TURN_TEXT;
      return {
        ...draft,
        id,
        name: head(draft.name, NAME_MAX),
        summary: head(draft.summary, SUMMARY_MAX),
        ...(draft.diff !== undefined && { diff: head(draft.diff, MAX_TURN_TEXT) }),
        ...(draft.output !== undefined && { output: tail(draft.output, OUTPUT_MAX) }),
        ...(cut && { cut }),
      };
    }
    case "usage": {
      const model = head(draft.usage.model, NAME_MAX);
      return { ...draft, id, usage: { ...draft.usage, model } };
    }
    case "interrupted":
      return { ...draft, id };
  }
}

/** The first `max` units; half a character at the end is left out. */
function head(text: string, max: number): string {
  if (text.length <= max) return text;
  return text.slice(0, /[\uD800-\uDBFF]/.test(text.charAt(max - 1)) ? max - 1 : max);
}

function tail(text: string, max: number): string {
  if (text.length <= max) return text;
  const from = text.length - max;
  return text.slice(/[\uDC00-\uDFFF]/.test(text.charAt(from)) ? from + 1 : from);
}

function forgetOldest(book: Map<string, unknown> | Set<string>): void {
  for (const oldest of book.keys()) {
    if (book.size <= REMEMBERED) return;
    book.delete(oldest);
  }
}

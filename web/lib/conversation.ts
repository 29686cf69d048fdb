import type { MethodResult, Turn } from "@chatcode/protocol";

/** Turns that are kept; what is older or newer is asked for again when somebody looks. */
export const MAX_TURNS = 1_000;
/** Turns followed live before it is time to learn where a page begins among them. */
const MAX_UNMARKED = 300;

export type TurnsPage = MethodResult<"turns.list">;

/** Turns that came together. `older` asks for those before them; undefined: there are none. */
interface Stretch {
  readonly older: string | undefined;
  readonly turns: readonly Turn[];
}

/** A part of an agent's conversation, without gaps, oldest first. Never changed in place. */
export interface Conversation {
  /** The agent's own id of it; undefined while none has begun. */
  readonly id: string | undefined;
  readonly stretches: readonly Stretch[];
  /** Whether the newest turn of all is here. If not, turns that nobody knows yet are left out. */
  readonly atEnd: boolean;
}

export const NO_CONVERSATION: Conversation = { id: undefined, stretches: [], atEnd: true };

export function turnsOf({ stretches }: Conversation): Turn[] {
  return stretches.flatMap(({ turns }) => turns);
}

/** What asks for the turns before those that are here; undefined: there are none. */
export function olderThan({ stretches }: Conversation): string | undefined {
  return stretches[0]?.older;
}

/** Whether a newest page should be asked for, so that old turns can be let go and found again. */
export function needsMark({ stretches }: Conversation): boolean {
  return (stretches.at(-1)?.turns.length ?? 0) > MAX_UNMARKED;
}

/**
 * Takes the newest page. What it tells is true in content and order; turns before it stay if it
 * joins them, and turns that came after it was made stay too. Else there is a gap: only it stays.
 */
export function withNewest(conversation: Conversation, page: TurnsPage): Conversation {
  const known = conversation.id === page.conversation ? turnsOf(conversation) : [];
  const places = new Map(known.map(({ id }, index) => [id, index]));
  const first = page.turns[0];
  const last = page.turns.at(-1);
  const joint = first === undefined ? undefined : places.get(first.id);
  const end = last === undefined ? undefined : places.get(last.id);
  const inPage = new Set(page.turns.map(({ id }) => id));
  const tail: Stretch = {
    older: page.older,
    turns: [
      ...page.turns.map((turn) => newer(known[places.get(turn.id) ?? -1], turn)),
      ...(end === undefined || !conversation.atEnd
        ? []
        : known.slice(end + 1).filter(({ id }) => !inPage.has(id))),
    ],
  };
  const head = joint === undefined ? [] : before(conversation.stretches, joint, inPage);
  return trimmed({ id: page.conversation, stretches: [...head, tail], atEnd: true });
}

/** Takes the page that `cursor` asked for; nothing if what is here has changed meanwhile. */
export function withOlder(
  conversation: Conversation,
  page: TurnsPage,
  cursor: string,
): Conversation {
  if (conversation.id !== page.conversation || olderThan(conversation) !== cursor) {
    return conversation;
  }
  const known = new Set(turnsOf(conversation).map(({ id }) => id));
  const turns = page.turns.filter(({ id }) => !known.has(id));
  const stretches = [{ older: page.older, turns }, ...conversation.stretches];
  let { atEnd } = conversation;
  // Somebody reads far up: let the other end go.
  while (stretches.length > 1 && count(stretches) > MAX_TURNS) {
    stretches.pop();
    atEnd = false;
  }
  return { ...conversation, stretches, atEnd };
}

/** Takes one turn as it is told: in the place of an older one of its id, else at the end. */
export function withTurn(conversation: Conversation, turn: Turn): Conversation {
  const { stretches, atEnd } = conversation;
  for (let s = stretches.length - 1; s >= 0; s--) {
    const stretch = stretches[s] as Stretch;
    const place = stretch.turns.findLastIndex(({ id }) => id === turn.id);
    if (place < 0) continue;
    if (newer(stretch.turns[place], turn) !== turn) return conversation;
    const turns = replaced(stretch.turns, place, turn);
    return { ...conversation, stretches: replaced(stretches, s, { ...stretch, turns }) };
  }
  if (!atEnd) return conversation;
  const last = stretches.at(-1) ?? { older: undefined, turns: [] };
  const grown = { ...last, turns: [...last.turns, turn] };
  return trimmed({ ...conversation, stretches: [...stretches.slice(0, -1), grown] });
}

/** The one with the higher revision; of equals the one that is known. SPEC [TU3]. */
function newer(known: Turn | undefined, told: Turn): Turn {
  return known !== undefined && known.rev >= told.rev ? known : told;
}

/** The stretches up to the turn at `end`, without turns of the page that follows. */
function before(
  stretches: readonly Stretch[],
  end: number,
  page: ReadonlySet<string>,
): Stretch[] {
  const kept: Stretch[] = [];
  let start = 0;
  for (const { older, turns } of stretches) {
    const part = turns.slice(0, Math.max(0, end - start)).filter(({ id }) => !page.has(id));
    if (part.length > 0) kept.push({ older, turns: part });
    start += turns.length;
  }
  return kept;
}

/** Whole stretches go, so that what asks for them stays known. */
function trimmed(conversation: Conversation): Conversation {
  const stretches = [...conversation.stretches];
  while (stretches.length > 1 && count(stretches) > MAX_TURNS) stretches.shift();
  return { ...conversation, stretches };
}

function replaced<T>(items: readonly T[], place: number, item: T): T[] {
  const copy = [...items];
  copy[place] = item;
  return copy;
}

function count(stretches: readonly Stretch[]): number {
  return stretches.reduce((sum, { turns }) => sum + turns.length, 0);
}

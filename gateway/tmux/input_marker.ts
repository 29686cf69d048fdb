import { TmuxError } from "./error.ts";
import type { Tmux } from "./server.ts";
import { quote } from "./quote.ts";

/**
 * How far a viewer's input is in the session. It lies in the session's tmux environment (hidden,
 * so that no program inherits it) and is set in the same line that types the keys: whatever happens
 * to the gateway, marker and keys agree.
 */
export interface InputMarker {
  /** The first byte of the viewer's input stream that was not typed yet. */
  readonly seq: number;
  readonly atMs: number;
}

const PREFIX = "CC_IN_";
/** After this long without a key a marker is forgotten. SPEC [IN5]. */
export const MARKER_MAX_AGE_MS = 24 * 3600_000;

const VIEWER = /^[A-Za-z0-9_-]{1,64}$/;

function markerName(viewer: string): string {
  if (!VIEWER.test(viewer)) throw new RangeError(`Cannot name a viewer "${viewer}"`);
  return PREFIX + viewer;
}

/** The command that sets a marker, for a line of the control client. */
export function setMarker(session: string, viewer: string, marker: InputMarker): string {
  const value = `${marker.seq}:${Math.floor(marker.atMs / 1000)}`;
  return `set-environment -h -t ${quote(`=${session}`)} ${markerName(viewer)} ${value}`;
}

export function parseMarker(value: string): InputMarker | undefined {
  const match = /^(\d{1,15}):(\d{1,12})$/.exec(value);
  if (match === null) return undefined;
  return { seq: Number(match[1]), atMs: Number(match[2]) * 1000 };
}

/** `undefined` if the session does not know the viewer. @throws {TmuxError} as `control.run()` */
export async function readMarker(
  tmux: Tmux,
  session: string,
  viewer: string,
): Promise<InputMarker | undefined> {
  const name = markerName(viewer);
  return (await readMarkers(tmux, session)).get(name.slice(PREFIX.length));
}

/** Every viewer's marker. @throws {TmuxError} as `control.run()` */
export async function readMarkers(
  tmux: Tmux,
  session: string,
): Promise<Map<string, InputMarker>> {
  const [lines = []] = await tmux.control.run(`show-environment -h -t ${quote(`=${session}`)}`);
  const markers = new Map<string, InputMarker>();
  for (const line of lines) {
    const cut = line.indexOf("=");
    const name = line.slice(0, cut);
    const marker = parseMarker(line.slice(cut + 1));
    if (!name.startsWith(PREFIX) || marker === undefined) continue;
    if (VIEWER.test(name.slice(PREFIX.length))) markers.set(name.slice(PREFIX.length), marker);
  }
  return markers;
}

/** Forgets one viewer; a session that is gone has forgotten it already. */
export async function removeMarker(tmux: Tmux, session: string, viewer: string): Promise<void> {
  try {
    await tmux.control.run(
      `set-environment -h -u -t ${quote(`=${session}`)} ${markerName(viewer)}`,
    );
  } catch (error) {
    if (!(error instanceof TmuxError)) throw error;
  }
}

/** Forgets the viewers that have typed nothing for a day. */
export async function pruneMarkers(tmux: Tmux, session: string, nowMs: number): Promise<void> {
  for (const [viewer, { atMs }] of await readMarkers(tmux, session)) {
    if (nowMs - atMs > MARKER_MAX_AGE_MS) await removeMarker(tmux, session, viewer);
  }
}

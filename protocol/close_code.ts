/**
 * Why a socket was closed and whether its dialler should dial again. One table for both ends.
 * SPEC [CL1]. `redial`: "no" = a person must act first; "backoff" = by the usual back-off.
 */
export const CLOSE_CODES = {
  normal: { code: 1000, redial: "no", meaning: "done" },
  goingAway: { code: 1001, redial: "backoff", meaning: "the server or page goes away" },
  malformed: { code: 4000, redial: "backoff", meaning: "a frame was not valid" },
  helloRequired: {
    code: 4001,
    redial: "backoff",
    meaning: "the first frame was not hello, or came late",
  },
  versionMismatch: { code: 4002, redial: "no", meaning: "no protocol version in common" },
  unauthorized: { code: 4003, redial: "no", meaning: "signed out, or the token expired" },
  revoked: { code: 4004, redial: "no", meaning: "the token was revoked or rotated" },
  replaced: { code: 4005, redial: "no", meaning: "another gateway took this id" },
  tooLarge: { code: 4006, redial: "backoff", meaning: "a frame was over the limit" },
  slow: { code: 4007, redial: "backoff", meaning: "the peer read too slowly" },
  silent: { code: 4008, redial: "backoff", meaning: "no frame within the heartbeat limit" },
  shutdown: { code: 4009, redial: "backoff", meaning: "the server restarts" },
  overloaded: { code: 4010, redial: "backoff", meaning: "too many sockets or requests" },
} as const satisfies Record<string, { code: number; redial: "no" | "backoff"; meaning: string }>;

export type CloseName = keyof typeof CLOSE_CODES;

/** Unknown codes, 1006 among them, are faults of the way: dial again. SPEC [CL2]. */
export function mayRedial(code: number): boolean {
  const row = Object.values(CLOSE_CODES).find((row) => row.code === code);
  return row === undefined || row.redial === "backoff";
}

/** The row's name, or undefined for codes that are not ours. */
export function closeName(code: number): CloseName | undefined {
  const names = Object.keys(CLOSE_CODES) as CloseName[];
  return names.find((name) => CLOSE_CODES[name].code === code);
}

/** Loaded on demand: must become a chunk of its own. */
export const heavy = "loaded on demand";

import { createContext } from "preact";

/** Shows the file that somebody named, in the session at hand; undefined where none can be shown. */
export const OpenFile = createContext<((path: string) => void) | undefined>(undefined);

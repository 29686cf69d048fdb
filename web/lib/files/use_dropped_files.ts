import type { HostId, SessionId } from "@chatcode/protocol";
import { useCallback, useEffect, useRef } from "preact/hooks";
import { shellWord } from "./shell_word.ts";
import { type UploadList, useUploads } from "./use_uploads.ts";

/** What was given to a terminal goes up, and its path is pasted when it is there. */
export function useDroppedFiles(
  { host, session, paste, onTrouble }: {
    host: HostId;
    session: SessionId;
    /** Undefined while there is no terminal. */
    paste: ((text: string) => void) | undefined;
    onTrouble: (message: string) => void;
  },
): { list: UploadList; add: (files: readonly File[]) => void } {
  const list = useUploads();
  const { uploads, rows } = list;
  const latest = useRef({ uploads, onTrouble, place: { host, session } });
  latest.current = { uploads, onTrouble, place: { host, session } };
  useEffect(() => {
    if (paste === undefined) return;
    for (const { id, state } of rows) {
      if (state.state !== "done") continue;
      uploads?.remove(id);
      paste(`${shellWord(state.file.path)} `);
    }
  }, [rows, paste !== undefined]);
  const add = useCallback((files: readonly File[]) => {
    const { uploads, onTrouble, place } = latest.current;
    const left = uploads?.add(files, place) ?? 0;
    if (left > 0) onTrouble(`${left} of them are too many at once.`);
  }, []);
  return { list, add };
}

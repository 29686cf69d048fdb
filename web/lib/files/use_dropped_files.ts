import type { HostId, SessionId } from "@chatcode/protocol";
import { useCallback, useEffect, useRef } from "preact/hooks";
import { shellWord } from "./shell_word.ts";
import type { UploadRow } from "./uploads.ts";
import { useUploads } from "./use_uploads.ts";

/** What was given to a terminal goes up, and its path is pasted when it is there. */
export function useDroppedFiles(
  { host, session, paste, onTrouble }: {
    host: HostId;
    session: SessionId;
    /** Undefined while there is no terminal. */
    paste: ((text: string) => void) | undefined;
    onTrouble: (message: string) => void;
  },
): {
  rows: readonly UploadRow[];
  add: (files: readonly File[]) => void;
  remove: (id: string) => void;
  retry: (id: string) => void;
} {
  const { uploads, rows } = useUploads({ host, session });
  const latest = useRef({ uploads, onTrouble });
  latest.current = { uploads, onTrouble };
  useEffect(() => {
    if (paste === undefined) return;
    for (const { id, state } of rows) {
      if (state.state !== "done") continue;
      uploads?.remove(id);
      paste(`${shellWord(state.file.path)} `);
    }
  }, [rows, paste !== undefined]);
  const add = useCallback((files: readonly File[]) => {
    const left = latest.current.uploads?.add(files) ?? 0;
    if (left > 0) latest.current.onTrouble(`${left} of them are too many at once.`);
  }, []);
  return {
    rows,
    add,
    remove: (id) => uploads?.remove(id),
    retry: (id) => uploads?.retry(id),
  };
}

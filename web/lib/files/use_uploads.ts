import { useEffect, useState } from "preact/hooks";
import { isUnderway, type UploadRow, Uploads } from "./uploads.ts";

/** Files on their way, for as long as the component is there. */
export interface UploadList {
  readonly uploads: Uploads | undefined;
  readonly rows: readonly UploadRow[];
}

/** What is there stays on the list this long, in milliseconds, where nobody takes it off. */
const DONE_SHOWN_MS = 5_000;

/** Takes what is there off the list, once it was seen. */
export function useForgetDone({ uploads, rows }: UploadList): void {
  const done = rows.flatMap(({ id, state }) => state.state === "done" ? id : []);
  useEffect(() => {
    if (done.length === 0) return;
    const timer = setTimeout(() => done.forEach((id) => uploads?.remove(id)), DONE_SHOWN_MS);
    return () => clearTimeout(timer);
  }, [done.join()]);
}

/** A list of uploads; leaving the page meanwhile is asked about. */
export function useUploads(): UploadList {
  const [uploads, setUploads] = useState<Uploads | undefined>();
  const [rows, setRows] = useState<readonly UploadRow[]>([]);
  useEffect(() => {
    const uploads = new Uploads();
    const end = uploads.rows.subscribe(setRows);
    const ask = (event: Event) => {
      if (uploads.rows.value.some(isUnderway)) event.preventDefault();
    };
    addEventListener("beforeunload", ask);
    setUploads(uploads);
    return () => {
      end();
      removeEventListener("beforeunload", ask);
      uploads.close();
    };
  }, []);
  return { uploads, rows };
}

import type { HostId, SessionId } from "@chatcode/protocol";
import { useEffect, useState } from "preact/hooks";
import type { UploadPlace } from "./upload_transport.ts";
import { type UploadRow, Uploads } from "./uploads.ts";

/** Files on their way, for as long as the component is there. */
export interface UploadList {
  readonly uploads: Uploads | undefined;
  readonly rows: readonly UploadRow[];
}

/** Uploads into where a session keeps them, or into `place.folder`. */
export function useUploads(
  { host, session }: { host: HostId; session?: SessionId },
): UploadList {
  const [uploads, setUploads] = useState<Uploads | undefined>();
  const [rows, setRows] = useState<readonly UploadRow[]>([]);
  useEffect(() => {
    const place: UploadPlace = { host, ...(session !== undefined && { session }) };
    const uploads = new Uploads(place);
    const end = uploads.rows.subscribe(setRows);
    setUploads(uploads);
    return () => {
      end();
      uploads.close();
    };
  }, [host, session]);
  return { uploads, rows };
}

import { type UploadList, useForgetDone } from "../../lib/files/use_uploads.ts";
import { UploadChips } from "./UploadChips.tsx";

/** Files on their way, in a corner of what lies beneath. */
export function UploadTray({ list, fixed = false }: { list: UploadList; fixed?: boolean }) {
  const { uploads, rows } = list;
  useForgetDone(list);
  if (rows.length === 0) return null;
  return (
    <div class={fixed ? "upload-tray fixed" : "upload-tray"}>
      <UploadChips
        rows={rows}
        label="Uploads"
        onRemove={(id) => uploads?.remove(id)}
        onRetry={(id) => uploads?.retry(id)}
      />
    </div>
  );
}

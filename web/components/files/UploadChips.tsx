import { useEffect, useState } from "preact/hooks";
import type { UploadState } from "../../lib/files/upload.ts";
import { isUnderway, type UploadRow } from "../../lib/files/uploads.ts";
import { fileSize } from "../../lib/words.ts";
import { Icon } from "../Icon.tsx";

/** Files on their way or there, each with how far it is and what can be done about it. */
export function UploadChips(
  { rows, label, onRemove, onRetry, onOpen }: {
    rows: readonly UploadRow[];
    label: string;
    onRemove: (id: string) => void;
    onRetry: (id: string) => void;
    /** Shows one that is there. */
    onOpen?: ((path: string) => void) | undefined;
  },
) {
  if (rows.length === 0) return null;
  return (
    <ul class="chips" aria-label={label} data-testid="chips">
      {rows.map((row) => (
        <Chip
          key={row.id}
          row={row}
          onRemove={() => onRemove(row.id)}
          onRetry={() => onRetry(row.id)}
          onOpen={onOpen}
        />
      ))}
    </ul>
  );
}

function Chip(
  { row, onRemove, onRetry, onOpen }: {
    row: UploadRow;
    onRemove: () => void;
    onRetry: () => void;
    onOpen: ((path: string) => void) | undefined;
  },
) {
  const { name, state, upload } = row;
  const size = upload?.file.size ?? 0;
  const sent = state.state === "sending" || state.state === "stalled" ? state.sent : 0;
  const underway = isUnderway(row);
  const words = inWords(state, size);
  return (
    <li class={`chip chip-${state.state}`} data-testid="chip" data-state={state.state}>
      <Picture file={upload?.file} />
      <span class="chip-words">
        {state.state === "done" && onOpen !== undefined
          ? (
            <button type="button" class="chip-name" onClick={() => onOpen(state.file.path)}>
              {state.file.name}
            </button>
          )
          : <span class="chip-name">{name}</span>}
        <span class="chip-state" role={state.state === "failed" ? "alert" : undefined}>
          {words}
        </span>
      </span>
      {state.state === "failed" && (
        <button
          type="button"
          class="quiet icon-only"
          aria-label={`Try ${name} again`}
          title="Try again"
          onClick={onRetry}
        >
          <Icon name="retry" />
        </button>
      )}
      <button
        type="button"
        class="quiet icon-only"
        aria-label={underway ? `Cancel ${name}` : `Remove ${name}`}
        onClick={onRemove}
      >
        <Icon name="close" />
      </button>
      {underway && (
        <progress
          aria-label={`Upload of ${name}`}
          max={Math.max(size, 1)}
          value={size === 0 ? 0 : sent}
        />
      )}
    </li>
  );
}

function inWords(state: UploadState, size: number): string {
  switch (state.state) {
    case "queued":
      return "Waits its turn";
    case "sending": {
      const percent = size === 0 ? 100 : Math.floor(100 * state.sent / size);
      return `${percent} % of ${fileSize(size)}`;
    }
    case "stalled":
      return `${state.message}: goes on by itself`;
    case "done":
      return fileSize(state.file.size);
    case "failed":
      return state.message;
    case "cancelled":
      return "Cancelled";
    default:
      return state satisfies never;
  }
}

function Picture({ file }: { file: Blob | undefined }) {
  const [url, setUrl] = useState<string | undefined>();
  useEffect(() => {
    // A picture of untrusted origin, but chosen here by the person who looks at it.
    if (file === undefined || !/^image\/(png|jpeg|gif|webp)$/.test(file.type)) return;
    const url = URL.createObjectURL(file);
    setUrl(url);
    return () => URL.revokeObjectURL(url);
  }, [file]);
  if (url === undefined) return <Icon name="file" />;
  return <img class="chip-picture" src={url} alt="" />;
}

import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { handedFiles, hasFiles } from "../../lib/files/handed_files.ts";

/** Takes files that are dropped onto what it holds, and shows that it would. */
export function DropZone(
  { class: className, words, disabled = false, onFiles, onTrouble, children }: {
    class?: string;
    /** What a drop would do. */
    words: string;
    disabled?: boolean;
    onFiles: (files: File[]) => void;
    onTrouble: (message: string) => void;
    children: ComponentChildren;
  },
) {
  const [over, setOver] = useState(false);
  /** Elements inside tell of entering and leaving too. */
  const depth = useRef(0);
  const leave = () => {
    depth.current = 0;
    setOver(false);
  };
  if (disabled) return <div class={className}>{children}</div>;
  return (
    <div
      class={className === undefined ? "drop-zone" : `drop-zone ${className}`}
      onDragEnter={(event) => {
        if (!hasFiles(event.dataTransfer)) return;
        event.preventDefault();
        depth.current += 1;
        setOver(true);
      }}
      onDragOver={(event) => {
        if (!hasFiles(event.dataTransfer)) return;
        event.preventDefault();
        if (event.dataTransfer !== null) event.dataTransfer.dropEffect = "copy";
      }}
      onDragLeave={(event) => {
        if (!hasFiles(event.dataTransfer)) return;
        depth.current -= 1;
        if (depth.current <= 0) leave();
      }}
      onDrop={(event) => {
        if (event.dataTransfer === null || !hasFiles(event.dataTransfer)) return;
        event.preventDefault();
        leave();
        const { files, folders } = handedFiles(event.dataTransfer);
        if (folders > 0) onTrouble("Folders cannot be dropped: drop the files in them.");
        if (files.length > 0) onFiles(files);
      }}
    >
      {children}
      {over && (
        <div class="drop-here" data-testid="drop-here">
          <p>{words}</p>
        </div>
      )}
    </div>
  );
}
